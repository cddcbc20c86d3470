"""The source k8s_audit."""

from __future__ import annotations

import pytest

from pysysdig.eventsources.k8s_audit.source import OLDER, SOURCE
from tests.eventsources.audit_events import audit, lines


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (lines(audit()), True), (b'{"kind":"EventList","items":[', True), (b' [{"kind" : "Event","', True),
        (b'{"metadata":{},"apiVersion":"audit.k8s.io/v1beta1"', True), (b'{"kind":"Pod"}', False), (b"kind: Event", False),
        (b"", False), (b'{"time":"x"}', False),
    ],
)  # fmt: skip
def test_recognised(head: bytes, known: bool) -> None:
    assert SOURCE.recognises(head) is known


@pytest.mark.parametrize(
    ("plugins", "name"),
    [
        ((), OLDER), (("container",), OLDER), (("k8saudit", "json"), "k8s_audit"), (("k8saudit-eks",), "k8s_audit"),
        (("json",), "k8s_audit"),
    ],
)  # fmt: skip
def test_catalogues(plugins: tuple[str, ...], name: str) -> None:
    assert SOURCE.catalogue_for(plugins) == name
    assert {field.name for field in SOURCE.catalogues()[name]} >= {"ka.verb", "jevt.value", "jevt.rawtime"}


def test_both_catalogues_know_what_rules_of_0_31_use() -> None:
    older = {field.name for field in SOURCE.catalogues()[OLDER]}
    newer = {field.name for field in SOURCE.catalogues()["k8s_audit"]}
    assert older - newer == {"jevt.time", "jevt.time.iso8601"}
