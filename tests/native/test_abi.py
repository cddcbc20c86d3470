"""One build of the extension serves several Pythons, whichever of them it was made with."""

from __future__ import annotations

import re
from pathlib import Path


def test_no_lengths_in_formats(root: Path) -> None:
    """`y#` and its like call one function with the headers of Python 3.11 and another with those of 3.13, which Python 3.11
    refuses at run time: a wheel made on 3.13 would break there."""
    for path in sorted((root / "pysysdig" / "native").glob("*.[ch]")):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for call in re.finditer(r"Py_(?:BuildValue|VaBuildValue)\([^;]*|PyArg_[A-Za-z]*\([^;]*|PyObject_CallFunction\([^;]*", code):
            assert not re.search(r'"[^"]*[szy]#[^"]*"', call[0]), f"{path.name}: {call[0]}"
