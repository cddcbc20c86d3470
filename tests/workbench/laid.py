"""Rule files and conditions laid out, for the tests of that: what is laid out once more stays what it is."""

from __future__ import annotations

from pysysdig.workbench.layout import lay_out

HEAD = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"


def laid(text: str, width: int = 60) -> str:
    (one,) = lay_out([("a.yaml", text.encode())], width)
    (again,) = lay_out([("a.yaml", one.after.encode())], width)
    assert again.after == one.after
    return one.after


def condition(text: str) -> str:
    return laid(f"{HEAD}  condition: {text}\n").removeprefix(f"{HEAD}  condition: ").removesuffix("\n")
