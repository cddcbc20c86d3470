"""Captures as tables from Python."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import CaptureError, FilterError, UsageError


def demo(root: Path) -> pysysdig.Trace:
    return pysysdig.open(root / "captures" / "demo.scap")


def test_each_step_is_another_trace(root: Path) -> None:
    first = demo(root)
    second = first.filter("evt.type=openat").select("proc.name", n="evt.rawres")
    assert first.columns != second.columns == ("proc.name", "n")
    assert first.count() > second.count() > 0


def test_filters_add_up(root: Path) -> None:
    trace = demo(root)
    both = trace.filter("proc.name=cat or proc.name=grep").filter("evt.type=openat")
    assert both.count() == trace.filter("(proc.name=cat or proc.name=grep) and evt.type=openat").count()


def test_time_is_a_time(root: Path) -> None:
    when, raw = next(demo(root).select("evt.time", "evt.rawtime").rows())
    assert when == datetime.fromtimestamp(raw // 10**9, UTC).replace(microsecond=raw // 1000 % 10**6)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda t: t.filter("evt.tpe=open"), FilterError, "evt.tpe"),
        (lambda t: t.filter("evt.type="), FilterError, "expected"),
        (lambda t: t.select("proc.nam"), FilterError, "proc.nam"),
        (lambda t: t.select(), UsageError, "no fields are named"),
        (lambda t: t.rules("/nosuch.yaml"), Exception, "nosuch"),
        (lambda t: t.filter(5), TypeError, "a text is needed, not int"),
        (lambda t: t.select("proc.name", b"fd.name"), TypeError, "not bytes"),
        (lambda t: t.select(n=None), TypeError, "not NoneType"),
        (lambda t: t.sql(5), TypeError, "not int"),
    ],
)
def test_mistakes_are_said_at_once(root: Path, call: object, kind: type[Exception], said: str) -> None:
    assert callable(call)
    with pytest.raises(kind, match=said):
        call(demo(root))


def test_no_such_file() -> None:
    with pytest.raises(CaptureError, match="no such file"):
        pysysdig.open("/nosuch.scap")
    with pytest.raises(UsageError):
        pysysdig.open()


def test_what_it_exports() -> None:
    errors = ["CaptureError", "FilterError", "MissingExtra", "PysysdigError", "UsageError"]
    assert set(pysysdig.__all__) == {"Alerts", "Trace", "__version__", "live", "open", "to_sql", *errors}
    assert pysysdig.CaptureError is CaptureError
    for name in pysysdig.__all__:
        assert getattr(pysysdig, name) is not None
    with pytest.raises(AttributeError):
        pysysdig.nosuch  # noqa: B018
