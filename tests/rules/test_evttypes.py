"""Which event types a condition can match."""

from __future__ import annotations

from pysysdig.filter import parse
from pysysdig.rules.evttypes import event_names


def test_events_of_conditions() -> None:
    def names(condition: str) -> set[str]:
        return set(event_names(parse(condition))) - {"asyncevent"}

    assert names("evt.type=open and not evt.type=open") == set()
    assert names("not (evt.type!=open and evt.type!=close)") == {"open", "close"}
    assert names("evt.type=open and evt.num=0") == set()
    assert names("evt.type in (init_module, getuid)") == {"init_module", "getuid"}
    assert "open" not in names("not evt.type=open") and "close" in names("not evt.type=open")
    assert names("proc.name=a") == names("not proc.name=a") == names("evt.type exists")
    assert len(names("proc.name=a")) > 400
