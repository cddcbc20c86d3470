"""A source of events for tests: lines `SECONDS WORD [NUMBER]`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pysysdig.eventsources.model import Event, EventSource, SourceField


class Words(EventSource):
    name = "words"
    plugin = "wordplugin"
    id = 77
    fields = (
        SourceField("word.text", "The word", lambda event, arg: event[0]),
        SourceField("word.size", "The number", lambda event, arg: event[1], "UINT64"),
        SourceField("word.letters", "Its letters", lambda event, arg: tuple(event[0]), is_list=True),
        SourceField("word.at", "A letter", lambda event, arg: event[0][arg : arg + 1] or None, argument="index"),
        SourceField("word.has", "Whether it has a part", lambda event, arg: arg in event[0], "BOOL", argument="text"),
    )

    def recognises(self, head: bytes) -> bool:
        return head.split(b" ", 1)[0].isdigit()

    def events(self, record: bytes) -> Iterable[Event]:
        seconds, _, rest = record.partition(b" ")
        if not seconds.isdigit() or not rest:
            raise ValueError("not SECONDS WORD")
        return [Event(int(seconds) * 1_000_000_000, rest, self.decode(rest))]

    def decode(self, data: bytes) -> Any:
        word, _, number = data.decode().partition(" ")
        return word, int(number) if number else None

    def info(self, decoded: Any) -> str:
        return f"a word: {decoded[0]}"
