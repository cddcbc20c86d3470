"""Colours, and how large the terminal is."""

from __future__ import annotations

import pytest

from pysysdig.chiselkit.screen import Colours, dimensions


def test_colours() -> None:
    on, off = Colours(), Colours(False)
    assert (on.red, on.white, on.reset) == ("\x1b[31m", "\x1b[37m", "\x1b[0m")
    assert {getattr(off, name) for name in Colours.__slots__} == {""}


def test_the_environment_says_how_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    monkeypatch.setenv("LINES", "33")
    assert dimensions() == (77, 33)
