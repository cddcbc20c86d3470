"""Arguments of fields."""

from __future__ import annotations

import pytest

from pysysdig.fields.arguments import Argument, BadArgument, by_flags, index, required_text


def test_indexes() -> None:
    assert index("f", "[12]=x") == Argument(12, 4) and index("f", "=x") == Argument(None, 0)
    for wrong in ("[", "[x]", "[" + "1" * 30 + "]"):
        with pytest.raises(BadArgument):
            index("f", wrong)


def test_texts() -> None:
    assert required_text("f", "[/a/0]=x") == Argument("/a/0", 6) and required_text("f", "[12]") == Argument("12", 4)
    with pytest.raises(BadArgument, match="f"):
        required_text("f", "=x")


def test_flags_say_how_most_are_read() -> None:
    required, allowed = by_flags(frozenset({"ARG_REQUIRED"})), by_flags(frozenset({"ARG_ALLOWED"}))
    assert required is not None and allowed is not None and by_flags(frozenset()) is None
    assert required("f", ".a/b") == Argument("a/b", 4) and allowed("f", "") == Argument(None, 0)
    assert allowed("f", "[3]") == Argument(3, 3)
