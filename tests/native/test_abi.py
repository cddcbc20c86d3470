"""A build of the extension serves the Python that made it and newer ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pysysdig import speed


def test_no_lengths_in_formats(root: Path) -> None:
    """`y#` and its like call one function with the headers of Python 3.11 and another with those of 3.13, which Python 3.11
    refuses at run time."""
    for path in sorted((root / "pysysdig" / "native").glob("*.[ch]")):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for call in re.finditer(r"(?:Py_BuildValue|PyArg_[A-Za-z]*|PyObject_CallFunction)\([^;]*", code):
            assert not re.search(r'"[^"]*[szy]#[^"]*"', call[0]), f"{path.name}: {call[0]}"


@pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")
def test_it_says_what_it_was_made_for() -> None:
    assert speed.native is not None and 0x030B0000 <= speed.native.PYTHON <= sys.hexversion


def test_one_of_a_newer_python_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects that never die are counted otherwise by the headers since 3.12: on 3.11 that ends in an abort."""
    newer = SimpleNamespace(INTERFACE=speed.INTERFACE, PYTHON=0x03FF0000)
    monkeypatch.setitem(sys.modules, "pysysdig._native", newer)
    monkeypatch.setattr("pysysdig._native", newer, raising=False)
    monkeypatch.delenv(speed.VARIABLE, raising=False)
    assert speed._load() == (None, "built by Python 3.255, for that and newer ones")
