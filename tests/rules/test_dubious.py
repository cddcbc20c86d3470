"""What is valid but hardly meant."""

from __future__ import annotations

import pytest

from pysysdig.rules.dubious import deprecated_in
from tests.rules.texts import load, rule, warnings


@pytest.mark.parametrize(
    ("comparison", "warns"),
    [
        ("ka.verb = <NA>", True),
        ("jevt.value[/a] in (x, <NA>)", True),
        ("tolower(ka.verb) != <NA>", True),
        ("concat(proc.name, ka.verb) = <NA>", True),
        ("concat(ka.verb, proc.name) = <NA>", False),
        ("ka.verb startswith <NA>", False),
        ("ka.verb in (x, y)", False),
        ("ka.verb exists", False),
        ("proc.name = <NA>", False),
    ],
)
def test_comparison_with_the_text_of_no_value(comparison: str, warns: bool) -> None:
    assert ("LOAD_UNSAFE_NA_CHECK" in warnings(rule(f"evt.type=open and {comparison}"))) is warns


def test_warnings_about_a_condition_come_in_order_and_once() -> None:
    condition = "evt.dir=< and evt.latency>5 and evt.type=open and ka.x=<NA> and evt.dir=< and ka.y=<NA>"
    (result,) = load(rule(condition)).results
    assert [(w.code, w.deprecated_field) for w in result.warnings] == [
        ("LOAD_UNSAFE_NA_CHECK", ""),
        ("LOAD_DEPRECATED_ITEM", "evt.dir"),
        ("LOAD_DEPRECATED_ITEM", "evt.latency"),
    ]


def test_deprecated_fields_in_outputs() -> None:
    assert list(deprecated_in("a %evt.dir %evt.latency.ns")) == ["evt.dir", "evt.latency", "evt.latency.ns"]
    assert list(deprecated_in("%proc.name")) == []
