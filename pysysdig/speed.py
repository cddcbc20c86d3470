"""The one place that decides whether the native extension is used: who has a native twin asks `native` here.

    if native is not None:
        return native.walk(...)

PYSYSDIG_NATIVE=0 does without it, PYSYSDIG_NATIVE=1 demands it; else it is used where it is there. See docs/native.md.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

from pysysdig.errors import PysysdigError

VARIABLE = "PYSYSDIG_NATIVE"
INTERFACE = 21  # of the functions as they are called here; module.c says what it has
_BUILD_HINT = "build it with: python3 setup.py build_ext --inplace, or set PYSYSDIG_NATIVE=0"


def _load() -> tuple[ModuleType | None, str]:
    """The extension, or None and why it is not used. Raises PysysdigError if it is demanded and cannot be had."""
    wish = os.environ.get(VARIABLE, "")
    if wish not in ("", "0", "1"):
        raise PysysdigError(f"pysysdig: {VARIABLE} is {wish!r}; it has to be 0 or 1, or not set")
    if wish == "0":
        return None, f"{VARIABLE}=0"
    try:
        import pysysdig._native as _native
    except ModuleNotFoundError:
        why = "not built"
    except ImportError as e:
        why = f"not loadable ({e})"
    else:
        if _native.INTERFACE != INTERFACE:
            why = "of another version"
        elif sys.hexversion < _native.PYTHON:
            why = f"built by Python 3.{_native.PYTHON >> 16 & 0xFF}, for that and newer ones"
        else:
            return _native, ""
    if wish == "1":
        raise PysysdigError(f"pysysdig: the native extension is demanded and is {why}; {_BUILD_HINT}")
    return None, why


native, missing = _load()


def describe() -> str:
    """Native or pure, for --version and --doctor."""
    return "native" if native is not None else "pure Python"


def keep_memory() -> None:
    """Let this process keep the memory of one batch for the next one (a tenth of a search's time goes into asking for it)."""
    if native is not None:
        native.keep_memory()
