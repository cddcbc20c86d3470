"""Outputs before they are made."""

from __future__ import annotations

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.output.stream import Output
from pysysdig.service.plan import Planned


def test_nothing_is_made_before_it_is_asked_for() -> None:
    made: list[AlertOutput] = []

    def make() -> AlertOutput:
        made.append(AlertOutput(Setting("x", {}, Output(), False)))
        return made[-1]

    plan = Planned("x", {"a": "b"}, make)
    assert not made and not plan.network and plan.accepts is None
    assert plan.make() is made[0]
