"""Finds what travels with the program: captures, chisels, man, probe.

In the source tree they are folders beside the package; installed they are inside it, under data/.
"""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def directory(name: str) -> str:
    """Path of the folder `name` (captures, chisels, man or probe); FileNotFoundError if the installation lacks it."""
    source = os.path.dirname(_PACKAGE)
    if os.path.exists(os.path.join(source, "setup.cfg")):
        path = os.path.join(source, name)
    else:
        path = os.path.join(_PACKAGE, "data", name)
    if not os.path.isdir(path):
        raise FileNotFoundError(f"this installation of pysysdig lacks its folder {name}")
    return path
