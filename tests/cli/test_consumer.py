"""What every consumer does unless it says otherwise: it wants all events, needs nothing, and never ends a run."""

from __future__ import annotations

from typing import Any

from pysysdig.cli.consumer import Consumer


def test_the_base() -> None:
    consumer, nothing = Consumer(), Any
    assert consumer.wants() is None and consumer.needs("current") == 0 and not consumer.idle and consumer.sink is None
    assert consumer.begin(nothing) and not consumer.deliver(nothing, nothing)  # type: ignore[arg-type]
    assert not consumer.copy(nothing, nothing) and not consumer.break_off()  # type: ignore[arg-type]
    consumer.end()
    consumer.conclude()
