"""The native extension, which is optional: without a compiler or Python's headers everything else is installed as ever.

Everything else is in setup.cfg.
"""

import hashlib
import sys
from pathlib import Path

from setuptools import Extension, setup

FOLDER = Path("pysysdig/native")
FLAGS = ["-std=c11", "-O3", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-fvisibility=hidden"]

# the stable interface of the Python that builds it: what is made with the headers of a newer one counts no references to None,
# which older ones need
PYTHON = max(sys.version_info[1], 11)
sources = sorted(map(str, FOLDER.glob("*.c")))
headers = sorted(map(str, FOLDER.glob("*.h")))
digest = hashlib.sha256(b"".join(Path(name).read_bytes() for name in [*sources, *headers])).hexdigest()
setup(
    ext_modules=[
        Extension(
            "pysysdig._native",
            sources,
            depends=headers,
            define_macros=[("Py_LIMITED_API", f"0x03{PYTHON:02x}0000"), ("SOURCES", f'"{digest}"')],
            extra_compile_args=FLAGS,
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": f"cp3{PYTHON}"}},
)
