"""Tables that chisels sum up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pysysdig.chisel import Chisel, Event, TopChisel
from pysysdig.errors import ChiselError


def test_tables(run_chisels: Callable[..., Any]) -> None:
    class Types(TopChisel):
        keys = (("evt.type", "Type"), ("evt.dir", "Dir"))
        top = 3

    class Json(Types):
        pass

    lines = run_chisels(Types).printed.splitlines()
    assert lines[0] == "# Calls             Type                Dir                 " and lines[1] == "-" * 80
    assert len(lines) == 5
    counts = [int(line.split()[0]) for line in lines[2:]]
    assert counts == sorted(counts, reverse=True)
    import json

    document = json.loads(run_chisels(Json, "-j").printed)
    assert [row[2] for row in document["data"]] == counts
    assert document["info"][2] == {"name": "evt.count", "desc": "# Calls", "is_key": False}


@pytest.mark.parametrize("field", ["evt.buffer", "evt.rawarg.data", "evt.rawarg.name", "fd.name", "fd.num", "evt.is_io"])
def test_tables_have_the_keys_that_events_have(run_chisels: Callable[..., Any], field: str) -> None:
    counts: dict[Any, int] = {}

    class ByEvent(Chisel):
        fields = (field,)

        def on_event(self, event: Event) -> None:
            key = event[field]
            if key is not None:
                counts[key] = counts.get(key, 0) + 1

    tables: list[dict[Any, float]] = []

    class ByBatch(TopChisel):
        keys = ((field, "Key"),)

        def on_end(self) -> None:
            tables.append({key: n for (key,), n in self.table.sums.items()})

    run_chisels(ByEvent)
    run_chisels(ByBatch)
    assert tables == [counts] and len(counts) > 1


@pytest.mark.parametrize("wrong", [{"unit": "parsecs"}, {"top": "5"}, {"keys": ("proc.name",)}, {"value": "evt.count"}])
def test_wrong_tables_name_the_chisel(run_chisels: Callable[..., Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(ChiselError, match=f"chisel Wrong: .*{next(iter(wrong)).replace('top', 'rows')}"):
        run_chisels(type("Wrong", (TopChisel,), {"keys": (("proc.name", "Process"),), **wrong}))
