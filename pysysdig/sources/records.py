"""Files of event sources (eventsources/): a record a line, turned into batches of plugin events as .scap files have them.

A line that is no event of the source is left out and the others count; where the first such line is, and how many there were,
is said at the end (LeftOut), or at once to who listens (`Records.faults`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from struct import Struct

import numpy as np

from pysysdig.errors import CaptureError, LeftOut, PysysdigError
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER_V2
from pysysdig.events.table import CURRENT, TYPES
from pysysdig.eventsources.model import Event, EventSource
from pysysdig.eventsources.registry import sources
from pysysdig.sources.input import Source
from pysysdig.sources.section import Plain
from pysysdig.sources.stream import Stream
from pysysdig.state.snapshot import Snapshot

HEAD = 64 << 10  # bytes by which a file is recognised
STEP = 1 << 20  # bytes read at a time
MAX_RECORD = 64 << 20  # bytes of a line
MAX_BATCH = 2048  # events: their objects stay in the caches
# header, lengths of both parameters, the id of the plugin
_FRONT = Struct("<QQIHIIII")
_PLUGIN_EVENT = TYPES["PLUGINEVENT_E"]
_NO_THREAD = (1 << 64) - 1
_ID_SIZE = 4
_TIMES = 1 << 64


def batch_of(source: EventSource, events: Sequence[Event], first: int, name: str = "") -> EventBatch:
    """Events as a batch, numbered from `first`; what is decoded already is not decoded again."""
    pack, size, number = _FRONT.pack, _FRONT.size, source.id
    parts: list[bytes] = []
    offsets = np.empty(len(events), np.int64)
    at = 0
    for row, (time, data, _) in enumerate(events):
        offsets[row] = at
        whole = size + len(data)
        parts += (pack(time, _NO_THREAD, whole, _PLUGIN_EVENT, 2, _ID_SIZE, len(data), number), data)
        at += whole
    count = len(events)
    batch = EventBatch(
        np.frombuffer(b"".join(parts), np.uint8),
        offsets,
        np.arange(first, first + count, dtype=np.int64),
        np.zeros(count, np.uint16),
        name=name,
    )
    batch.derived[source.name] = [event.decoded for event in events]
    return batch


assert _FRONT.size == HEADER_V2 + 4 + 4 + _ID_SIZE


def events_of(source: EventSource, record: bytes) -> Sequence[Event]:
    """The events of a record. Raises ValueError, whatever the source raises: it may be of another package, and a line that it did
    not expect must not take the others with it."""
    try:
        given = source.events(record)
        found = given if isinstance(given, Sequence) else list(given)
        for event in found:
            if not isinstance(event.time, int) or not 0 <= event.time < _TIMES or not isinstance(event.data, bytes):
                raise TypeError("an event has a time in whole ns and bytes of data")
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"the source {source.name} failed: {error!r}") from error
    return found


class Faults:
    """Records that were left out.

    count   how many
    first   which was the first, and why
    hear    is told of each; None: nobody
    """

    __slots__ = ("count", "first", "hear")

    def __init__(self) -> None:
        self.count = 0
        self.first = ""
        self.hear: Callable[[str], None] | None = None

    def note(self, where: str, why: str) -> None:
        """One more."""
        self.first = self.first or f"{where}: {why}"
        self.count += 1
        if self.hear is not None:
            self.hear(f"{where}: {why}")

    def __str__(self) -> str:
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return f"{self.first}; left out{more}"


class RecordSection(Plain):
    """The events of a file. Nothing is known of a machine."""

    __slots__ = ("_records", "snapshot")

    generation = CURRENT

    def __init__(self, records: Records) -> None:
        self._records = records
        self.snapshot = Snapshot()

    def batches(self) -> Iterator[EventBatch]:
        """Up to MAX_BATCH events each. Raises CaptureError."""
        return self._records.read()


class Records(Stream[RecordSection]):
    """An open file of an event source.

    source   whose events they are
    faults   lines that were left out so far
    largest  bytes of an event, larger ones are left out; 0: any size
    """

    __slots__ = ("event_source", "faults", "largest")

    line = "*%evt.num %evt.datetime.s [%evt.pluginname] %evt.plugininfo"  # as sysdig shows plugins' events

    def __init__(self, source: Source, event_source: EventSource) -> None:
        super().__init__(source)
        self.event_source = event_source
        self.faults = Faults()
        self.largest = 0
        self._first = RecordSection(self)

    def sections(self) -> Iterator[RecordSection]:
        """The one there is."""
        yield self._first

    def read(self) -> Iterator[EventBatch]:
        """The events, once, in order. Raises CaptureError where the file cannot be read, and LeftOut after its last event if
        nobody has heard of what was left out."""
        waiting: list[Event] = []
        number = 1
        for item in self.records():
            if item is not None:
                where, record = item
                try:
                    found = events_of(self.event_source, record)
                except ValueError as error:
                    self.faults.note(f"{self.name}: {where}", str(error))
                    continue
                why = getattr(found, "why", "")
                if why:
                    self.faults.note(f"{self.name}: {where}", why)
                waiting += self._small(where, found)
            while len(waiting) >= MAX_BATCH or (waiting and item is None):
                some, waiting = waiting[:MAX_BATCH], waiting[MAX_BATCH:]
                yield batch_of(self.event_source, some, number, self.name)
                number += len(some)
        if waiting:
            yield batch_of(self.event_source, waiting, number, self.name)
        if self._source.failure is not None:
            raise self._source.failure
        if self.faults.count and self.faults.hear is None:
            raise LeftOut(str(self.faults))

    def _small(self, where: str, found: Iterable[Event]) -> Iterable[Event]:
        """Those that are not too large."""
        if not self.largest:
            return found
        kept = []
        for event in found:
            if len(event.data) > self.largest:
                self.faults.note(f"{self.name}: {where}", f"an event of {len(event.data)} bytes, more than {self.largest}")
            else:
                kept.append(event)
        return kept

    def records(self) -> Iterator[tuple[str, bytes] | None]:
        """(where it is, content) of each record; None: there are no more for now. Raises CaptureError."""
        for number, record in self._lines():
            yield f"line {number}", record
            if self.waits and not len(self._source.region(self._at, 1, 1, self._at, block=False)):
                yield None

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """(number, content) of each line that is not blank. Raises CaptureError for one that is too long."""
        source = self._source
        number = 0
        looked = 0  # bytes after _at in which there is no line end
        while True:
            data = source.region(self._at, looked + 1, looked + STEP, self._at)
            if len(data) <= looked:
                break
            end = bytes(data[looked:]).rfind(b"\n") + looked + 1
            if end == looked:
                looked = len(data)
                if looked > MAX_RECORD:
                    raise CaptureError(f"a line of more than {MAX_RECORD >> 20} MB", self.name, self._at)
                continue
            whole, self._at, looked = bytes(data[:end]), self._at + end, 0
            for record in whole.split(b"\n")[:-1]:
                number += 1
                if record.strip():
                    yield number, record.rstrip(b"\r")
        if looked:
            record = bytes(source.region(self._at, looked, looked, self._at))
            self._at += looked
            if record.strip():
                yield number + 1, record


def recognised(source: Source) -> EventSource | None:
    """The event source whose events a file holds; None: it is no such file. Raises PysysdigError."""
    head = b""
    while b"\n" not in head and len(head) < HEAD:  # of a pipe the first line may come in pieces
        more = bytes(source.region(0, len(head) + 1, HEAD, 0))
        if len(more) <= len(head):
            break
        head = more
    for found in sources():
        try:
            if found.recognises(head):
                return found
        except Exception as error:  # whatever a foreign package may raise
            raise PysysdigError(
                f"the source of events {found.name} cannot say whether the file is one of its own: {error!r}"
            ) from None
    return None
