"""numpy's core alone: pysysdig needs no more, others get the whole, and it is the same as without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pysysdig.cli import startup
from pysysdig.cli.main import main

pytestmark = pytest.mark.skipif(np.__version__ not in startup.LEAN, reason=f"numpy {np.__version__} is imported as it is")

_LEAN = "from pysysdig.cli import startup; startup.prepare(); import sys, numpy; assert type(numpy) is startup._Lean\n"


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np; print(np.unique([3, 1, 3]), np.isin([1, 2], [2]), np.ones.__doc__, np.__doc__)",
        "import numpy as np; print(np.linalg.norm([3, 4]), np.fft.fft([1, 2]), np.__version__)",
        "import numpy.random; print(numpy.random.default_rng(1).integers(9, size=4))",
        "from numpy.random import default_rng; print(default_rng(1).integers(9, size=4))",
        "import numpy.ma as ma; print(ma.array([1, 2], mask=[0, 1]).sum())",
        "import numpy.linalg; print(numpy.linalg.inv([[2.0]]), numpy.pad([1], 1))",
        "from numpy import *; print(histogram([1, 2, 2]), array([1]), sorted(globals())[:400])",
        "import numpy as np; print([n for n in dir(np) if not n.startswith('_')])",
        "from numpy import matrix, ones; print(matrix([[1, 2]]).T, isinstance(matrix([1]), matrix), isinstance(ones(1), matrix))",
        "from numpy import matrix\nclass M(matrix): pass\nprint(M([[1]]), isinstance(M([1]), matrix), matrix.__name__)",
        "import numpy as np; m = np.ravel(np.ones((2, 2))); print(m, np.ravel(np.matrix([[1, 2]])))",
        "import numpy.typing as npt, typing, numpy as np; print(npt.ArrayLike, npt.DTypeLike, npt.__all__)",
        "import numpy as np\ntry:\n    np.nothing\nexcept AttributeError as e:\n    print(e)",
        "import numpy as np\ntry:\n    from numpy import nothing\nexcept ImportError as e:\n    print(type(e))",
        "import pickle, numpy as np; print(pickle.loads(pickle.dumps(np.arange(3, dtype='<u2'))), pickle.dumps(np.sum))",
        "import numpy.testing as t, numpy as np; t.assert_array_equal(np.zeros(2), [0, 0]); print(np.testing is t)",
        "import copy, importlib, numpy as np; print(copy.copy(np.arange(2)), importlib.import_module('numpy.fft'))",
        "import inspect, numpy as np; print([inspect.signature(f) for f in (np.where, np.dot, np.sum, np.copyto)])",
        "import ctypes as c, numpy as np; print(np.arange(3).ctypes.data_as(c.POINTER(c.c_long))[2], c.sizeof(c.c_int))",
        "import ctypes.util, inspect, pickle\nprint([[n for n in dir(m) if '__' not in n] for m in (ctypes, inspect, pickle)])",
        "from pickle import Pickler; import multiprocessing.reduction as r; print(r.ForkingPickler.__mro__[1] is Pickler)",
        "import inspect, numpy as np; print(inspect.getmodule(np.sum), inspect.getsourcefile(np), np.lib.NumpyVersion('1.2.3'))",
    ],
)
def test_others_get_the_whole(code: str) -> None:
    assert _run(_LEAN + code) == _run("import sys, numpy\n" + code.replace("startup", ""))


def test_threads_that_ask_at_the_same_time() -> None:
    code = (
        "import threading\nout = []\ndef ask(name):\n    out.append(hasattr(numpy, name))\n"
        "ts = [threading.Thread(target=ask, args=(n,)) for n in ('unique', 'linalg', 'pad', 'isin', 'random', 'diff') * 3]\n"
        "[t.start() for t in ts]\n[t.join(20) for t in ts]\nprint(out)"
    )
    assert _run(_LEAN + code) == f"{[True] * 18}\n"


def test_the_core_is_that_of_the_whole() -> None:
    """Every name is the same object before and after; the alias for arrays in annotations is the same, too."""
    code = (
        "import numpy.typing as npt\nlean = dict(vars(numpy)); alias = npt.NDArray[numpy.int64]; numpy.unique; npt.ArrayLike\n"
        "print([n for n, v in lean.items() if n not in ('matrix', '__doc__') and vars(numpy).get(n, v) is not v], "
        "alias == npt.NDArray[numpy.int64], type(numpy) is type(sys), len(lean) > 300)"
    )
    assert _run(_LEAN + code) == "[] True True True\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-r", "{demo}", "-p", "*%evt.num %evt.args %proc.name %fd.name %evt.buflen.file %fs.path.name"],
        ["-r", "{demo}", "-S", "-U", "cat", "proc.name contains a"],
        ["-r", "{demo}", "-c", "topprocs_file", "-c", "echo_fds", "-c", "httplog"],
        ["-r", "{demo}", "-w", "{tmp}/out.pscap"],
        ["-r", "{demo}", "-w", "{tmp}/out.scap"],
        ["-r", "{demo}", "--rules", "{tmp}/rules.yaml"],
    ],
)
def test_pysysdig_needs_no_more(arguments: list[str], root: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "- rule: r\n  desc: d\n  priority: INFO\n  output: '%evt.time %fd.name'\n  condition: evt.type in (open, openat)\n"
    )
    given = [a.format(demo=root / "captures" / "demo.scap", tmp=tmp_path) for a in arguments]
    code = "import sys; from pysysdig.cli.main import main; sys.exit(main(sys.argv[1:]) or 'numpy.lib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, *given], stdout=subprocess.DEVNULL, check=True)


def test_other_versions_are_imported_as_they_are() -> None:
    code = "from pysysdig.cli import startup; startup.LEAN = set(); startup.prepare(); import sys, numpy; "
    assert _run(code + "print(type(numpy) is type(sys), numpy.ones.__doc__[:20].split()[0])") == "True Return\n"


@pytest.mark.parametrize("name", ["demo.scap", "demo.pscap"])
def test_a_replay_imports_nothing_for_others(name: str, root: Path, tmp_path: Path) -> None:
    """Rooms that have nothing to do with it, what only pipes, packed files and buffers need, packages that take long."""
    demo = root / "captures" / "demo.scap"
    path = demo if name == demo.name else tmp_path / name
    if path != demo:
        main(["-r", str(demo), "-w", str(path)])
    code = (
        f"import sys; before = set(sys.modules); from pysysdig.cli.main import main; main(['-r', {str(path)!r}, '-n', '1']); "
        "print(*sorted(set(sys.modules) - before), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    rooms = ["alerts", "api", "chiselkit", "compare", "eventsources", "export", "redaction", "report", "rules", "service", "sql"]
    rooms += ["views", "viewer", "workbench", "ui", "cli.rule_commands", "cli.live", "capture", "sources.pipe", "sources.convert"]
    never = {f"pysysdig.{room}" for room in rooms} | {"click", "rich", "yaml", "json", "dataclasses", "argparse", "numpy.ma"}
    if path == demo:
        never |= {"binascii", "select", "zlib", "pysysdig.trace"}
    else:  # which says what its events see
        never |= {
            f"pysysdig.state.{name}" for name in ("base", "handlers", "inspector", "news", "parameters", "registry", "tuples")
        }
    never |= {"dis", "tokenize", "_pickle", "_ctypes"}  # numpy's core imports what needs them
    assert not never & set(done.stderr.split())
