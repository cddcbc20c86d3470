"""The layout of conditions."""

from __future__ import annotations

import pytest

from tests.workbench.laid import condition


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("evt.type=close and fd.num=1", "evt.type=close and fd.num=1"),
        ("evt.type=close\n    and fd.num=1", ">\n    evt.type=close\n    and fd.num=1"),
        ("(m\n    or n)", "(m or n)"),
        ("'evt.type=close   and fd.num=1'", "'evt.type=close   and fd.num=1'"),  # short: as it was written
        ("evt.type=close and ( fd.num=1 or fd.num=2 ) and proc.name in (aaaa, bbbb)",
         ">\n    evt.type=close\n    and (fd.num=1 or fd.num=2)\n    and proc.name in (aaaa, bbbb)"),
        ("evt.type=close and (proc.cmdline contains \"a and   b (\" or proc.name in (and, or, aaaaaaaaaaaaa))",
         ">\n    evt.type=close\n    and (\n      proc.cmdline contains \"a and   b (\"\n"
         "      or proc.name in (and, or, aaaaaaaaaaaaa)\n    )"),
        (">-\n      evt.type=close\n\n      and fd.num=1", ">\n    evt.type=close\n    and fd.num=1"),
        ("evt.type=close and fd.num=1 and proc.name=aaaaaaaaaaaaa and fd.num=2 # why", None),
        ("> # why\n   evt.type=close   and   fd.num=1", None),
    ],
)  # fmt: skip
def test_conditions(before: str, after: str | None) -> None:
    assert condition(before) == (before if after is None else after)
