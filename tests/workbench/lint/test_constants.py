"""Constants that nothing is equal to."""

from __future__ import annotations

import pytest

from pysysdig.workbench.lint.constants import wrong


@pytest.mark.parametrize(
    ("field", "op", "text", "code"),
    [
        ("proc.name", "=", "x" * 15, ""), ("proc.name", "=", "x" * 16, "PS004"), ("proc.name", "contains", "x" * 16, ""),
        ("proc.pname", "startswith", "x" * 16, "PS004"), ("proc.name", "in", "/bin/sh", "PS010"), ("proc.exe", "=", "x" * 20, ""),
        ("fd.name", "=", "/etc/", "PS010"), ("fd.name", "=", "/", ""), ("fd.name", "startswith", "/etc/", ""),
        ("fd.name", "pmatch", "/etc/", ""), ("fd.name", "=", "etc/passwd", "PS010"),
        ("fd.name", "=", "1.2.3.4:80->5.6.7.8:9", ""),
        ("fd.name", "=", "", ""), ("fd.name", "glob", "*/x", ""),
    ],
)  # fmt: skip
def test_what_is_wrong(field: str, op: str, text: str, code: str) -> None:
    found = wrong(field, op, text)
    assert (found.code if found is not None else "") == code
