"""The table of engines: each row is an engine."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from pysysdig.capture.engines import engine
from pysysdig.capture.engines.table import ENGINES, Row


@pytest.mark.parametrize("row", ENGINES, ids=[row.name for row in ENGINES])
def test_each_row_is_an_engine(row: Row) -> None:
    made = import_module(f"pysysdig.capture.engines.{row.module}").Engine
    for name in ("ask", "follow", "close"):
        ours, wanted = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (made, engine.Engine))
        assert ours == wanted
    assert row.sockets and row.types and all(path.startswith("/") for path in row.sockets)


def test_names_are_there_once() -> None:
    assert len({row.name for row in ENGINES}) == len(ENGINES)
