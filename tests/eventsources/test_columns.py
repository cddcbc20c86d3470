"""Fields of sources as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.batch import EventBatch
from pysysdig.events.column import NumColumn
from pysysdig.events.table import CURRENT
from pysysdig.eventsources.columns import decoded, of_source
from pysysdig.eventsources.model import EventSource
from pysysdig.fields.lookup import lookup
from pysysdig.filter import compile_filter
from pysysdig.sources.records import batch_of
from pysysdig.state.inspector import Inspector
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.view import EventView
from tests.eventsources.sample_source import Words


@pytest.fixture
def view(words: EventSource) -> EventView:
    events = [event for line in (b"5 cat 3", b"6 dog", "7 löwe 4".encode()) for event in words.events(line)]
    return Inspector(Snapshot(), CURRENT, 0).process(batch_of(words, events, 1))


def values(view: EventView, text: str, sel: Any = (0, 1, 2)) -> list[Any]:
    return lookup(text, CURRENT).column(view, np.array(sel, np.int64)).tolist()


def test_values(view: EventView) -> None:
    assert values(view, "word.text") == ["cat", "dog", "löwe".encode().decode("latin-1")]
    assert values(view, "word.size") == [3, None, 4]
    assert values(view, "word.letters", [1]) == [("d", "o", "g")]
    assert values(view, "word.at[1]", [0, 2]) == ["a", "ö".encode().decode("latin-1")]
    assert values(view, "word.has[a]") == [True, False, False]
    assert isinstance(lookup("word.has[a]", CURRENT).column(view, np.array([0])), NumColumn)


def test_general_fields(view: EventView) -> None:
    assert values(view, "evt.source") == ["words"] * 3 and values(view, "evt.pluginname", [2]) == ["wordplugin"]
    assert values(view, "evt.plugininfo", [0, 2]) == ["a word: cat", "a word: löwe".encode().decode("latin-1")]
    assert values(view, "evt.num") == [1, 2, 3] and values(view, "evt.type", [0]) == ["pluginevent"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("word.text=cat", [0]), ("word.size>=3", [0, 2]), ("word.letters intersects (d, w)", [1, 2]), ("word.has[o]=true", [1]),
        ("evt.source=words and not word.text=dog", [0, 2]), ("word.size exists", [0, 2]), ("word.at[0] in (c, l)", [0, 2]),
        ("toupper(word.text)=DOG", [1]),
    ],
)  # fmt: skip
def test_filters(view: EventView, text: str, found: list[int]) -> None:
    assert compile_filter(text, CURRENT).select(view, np.arange(3)).tolist() == found


def test_each_event_is_decoded_once(view: EventView, words: EventSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Words, "decode", lambda self, data: pytest.fail("it was decoded when it was read"))
    assert values(view, "word.text", [0]) == ["cat"]


def test_events_out_of_a_capture(view: EventView, words: EventSource) -> None:
    """What is kept of them is decoded again; what is damaged, or of another source, has no values."""
    batch = view.batch
    copy = EventBatch(batch.buf.copy(), batch.off, batch.num, batch.cpu)
    copy.buf[int(batch.off[1]) + 34] = 78  # the id of the plugin
    assert decoded(words, copy) == [("cat", 3), None, ("löwe", 4)]
    assert of_source(copy, np.arange(3), words).tolist() == [0, 2] and not len(of_source(copy, np.arange(3), None))
    again = Inspector(Snapshot(), CURRENT, 0).process(copy)
    assert values(again, "evt.source") == ["words", None, "words"] and values(again, "word.text") == [
        "cat", None, "löwe".encode().decode("latin-1"),
    ]  # fmt: skip
    copy = EventBatch(batch.buf.copy(), batch.off, batch.num, batch.cpu)
    copy.buf[int(batch.off[2]) + 39] = 0xFF  # no UTF-8 any more
    assert decoded(words, copy)[2] is None


def test_dictionaries_are_bounded(words: EventSource, monkeypatch: pytest.MonkeyPatch) -> None:
    from pysysdig.eventsources import columns

    monkeypatch.setattr(columns, "_MANY", 5)
    for start in range(0, 60, 20):
        events = [event for n in range(start, start + 20) for event in words.events(b"5 w%d" % n)]
        view = Inspector(Snapshot(), CURRENT, 0).process(batch_of(words, events, 1))
        column = lookup("word.text", CURRENT).column(view, np.arange(20))
        assert column.tolist() == [f"w{n}" for n in range(start, start + 20)] and len(getattr(column, "dictionary")) == 20  # noqa: B009


def test_functions_may_fail_and_numbers_be_too_large(words: EventSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are not ours: what a field cannot make of them is no value."""
    events = [event for line in (b"5 a 1", b"5 b %d" % (1 << 70), b"5 c 3") for event in words.events(line)]
    view = Inspector(Snapshot(), CURRENT, 0).process(batch_of(words, events, 1))
    assert values(view, "word.size") == [1, None, 3]
    view = Inspector(Snapshot(), CURRENT, 0).process(batch_of(words, [events[0]._replace(decoded=5), events[2]], 1))
    assert values(view, "word.text", (0, 1)) == [None, "c"]
