"""LiveCapture: the running machine as a stream, with the same Snapshot and EventBatches as a capture file gives."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.capture import interest, procfs
from pysysdig.capture.accounts import AccountWatch
from pysysdig.capture.base_calls import STATE, BaseCalls
from pysysdig.capture.calls import PLANS
from pysysdig.capture.clock import Clock
from pysysdig.capture.containers import ContainerWatch
from pysysdig.capture.drain import HEADROOM, Drain, Span
from pysysdig.capture.encode import drop_markers, encode
from pysysdig.capture.engines.engine import USUAL, EngineSettings
from pysysdig.capture.exits import exit_events
from pysysdig.capture.group import Bytes
from pysysdig.capture.instructions import possible_cpus
from pysysdig.capture.netfs import interfaces
from pysysdig.capture.probe import FAULT, SIGNAL, SWITCH, Probe, boot_ns
from pysysdig.capture.record import Finder, Ints
from pysysdig.capture.shares import CpuTimes
from pysysdig.errors import PysysdigError
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD
from pysysdig.sources.section import Plain
from pysysdig.state.snapshot import InterfaceEntry, Snapshot

if TYPE_CHECKING:
    from pysysdig.capture.collector import Collector

RING_SIZE = 16 << 20
SNAPLEN = 80
MAX_SNAPLEN = 60000  # a record must stay below 64 KB, with addresses and control messages
INTERVAL = 0.03
# records are stamped a little before they get their place in the ring, so those of two cpus may be out of order by
# some 40 us: what is younger than this stays behind until the next span
_WINDOW_NS = 1_000_000
_MAX_LOSSES = 4096
_COUNT_INTERVAL = 1.0  # seconds: what has been used in it are hundredths of a CPU
_LOOK_INTERVAL = 1.0  # seconds between two looks at what events do not tell: the machine's addresses
_SETTLE = 0.5  # seconds that the first event may wait for the names of the containers that run already


class LiveCapture(Plain):
    """A capture of the running machine. Needs root (or CAP_BPF, CAP_PERFMON), BTF and bcc; raises PysysdigError.

    snaplen     bytes of each I/O buffer that are recorded
    ring_size   bytes of the kernel's buffer, a power of two
    wanted      names of system calls to record, None: all
    base        those on top of them; what state needs unless it says otherwise
    engines     where container engines are, and how they are asked
    collector   who tells of the machine's pods; closed with the capture
    exits       record the ends of system calls only, with all parameters, as the current libraries do (generation CURRENT): that
                makes every call of the machine cheaper
    switch, signals, faults   whether to record those events too
    shares      whether to tell once a second how much CPU time threads have used (procinfo events)
    backlog     bytes of undecoded records to keep in memory when the consumer is slow, besides those in the kernel's buffer

    Use as a context manager, or call `close`.

    snapshot    what was there at the start
    generation  OLD (enter and exit events), or CURRENT
    seen        events so far, the lost ones among them
    drops       how many were lost
    left        once it is closed after `abandon`: events that were recorded and not delivered, about (those of the batch that was
                being delivered are among them)
    behind      seconds between the first event of the latest batch and its delivery; `most_behind`: the most so far
    losses      those that nobody has taken out yet, the latest few thousand: (number, times of the first and the last, ns
                since the epoch)
    early       once `batches` has ended: lost events that gave way to those that state needs, when the buffer was nearly full
    foreign     once `batches` has ended: 32-bit system calls that no 64-bit call is like; they have no events
    """

    def __init__(
        self,
        *,
        snaplen: int = SNAPLEN,
        ring_size: int = RING_SIZE,
        wanted: Collection[str] | None = None,
        base: BaseCalls = STATE,
        engines: EngineSettings = USUAL,
        collector: Collector | None = None,
        exits: bool = False,
        switch: bool = False,
        signals: bool = False,
        faults: bool = False,
        shares: bool = False,
        backlog: int = 64 << 20,
    ) -> None:
        if not 0 <= snaplen <= MAX_SNAPLEN:
            raise PysysdigError(f"snaplen must be between 0 and {MAX_SNAPLEN}")
        if ring_size < 1 << 16 or ring_size & (ring_size - 1):
            raise PysysdigError("the buffer size must be a power of two, at least 65536 bytes")
        self.generation = CURRENT if exits else OLD
        self._exits = exit_events() if exits else None
        self._clock = Clock()
        self._probe = Probe(ring_size, snaplen, os.getpid())
        self._stopped = self._abandoned = False
        self._handed = 0  # events of the batch that is being delivered
        self._begun = 0  # bytes of records begun to be decoded
        self.drops = self.left = 0
        # bytes held back, the records in them still to come, their ring position, end of the last whole record
        self._left: tuple[Bytes, Ints, int, int] | None = None
        self._watch = ContainerWatch(engines, self.generation)
        self._collector = collector
        self._cpu_times = CpuTimes() if shares else None
        self._patience = engines.timeout
        self._decoded = 0
        self._decoded_by_cpu = np.zeros(possible_cpus(), np.int64)
        self.losses: deque[tuple[int, int, int]] = deque(maxlen=_MAX_LOSSES)
        self.foreign = self.early = 0
        self.behind = self.most_behind = 0.0
        self._since = 0  # when delivery began
        try:
            self._drain = Drain(self._probe, backlog)
            self._finder = Finder(ring_size)
            self._time = boot_ns() + self._clock.offset()  # of the last event delivered; no event is older than this
            optional = (SWITCH if switch else 0) | (SIGNAL if signals else 0) | (FAULT if faults else 0)
            self._probe.attach(optional, enters=not exits)
            self._drain.start()
            self.set_interest(wanted, base)
            # after the start: what happens while /proc is read is replayed on top of what it said
            self._everyone = engines.static[0] if engines.static else ""
            self.snapshot = self.look_again()
            self._watch.see_processes(self.snapshot)
            self._accounts = AccountWatch(self.snapshot)
        except BaseException:
            self.close()
            raise
        self._num = len(self.snapshot.accounts) + 1

    def __enter__(self) -> LiveCapture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def seen(self) -> int:
        """Events so far, the lost ones among them."""
        return self._decoded + self.drops + max(self.left - self._handed, 0)

    def take_notes(self) -> list[str]:
        """Lines for the user that nobody has taken yet."""
        sources = [self._watch.notes, *([self._collector.notes] if self._collector else [])]
        return [notes.popleft() for notes in sources for _ in range(len(notes))]

    @property
    def waiting(self) -> int:
        """About how many events have been recorded and not been delivered yet."""
        return self._drain.size * self._decoded // max(self._begun, 1)

    @property
    def drops_by_cpu(self) -> list[int]:
        """Events lost so far on each CPU, those of the latest moment among them. In any thread."""
        return self._probe.lost_by_cpu()

    @property
    def seen_by_cpu(self) -> list[int]:
        """Events so far on each CPU, the lost ones among them. In any thread."""
        return [seen + lost for seen, lost in zip(self._decoded_by_cpu.tolist(), self.drops_by_cpu)]

    @property
    def program_runs(self) -> dict[str, tuple[int, int]]:
        """See Probe.runs. In any thread."""
        return self._probe.runs()

    def set_interest(self, wanted: Collection[str] | None, base: BaseCalls = STATE) -> None:
        """Record only these system calls (names) and those of `base`; None: all. May be called at any time."""
        plans = PLANS if self._exits is None else self._exits.calls
        self._probe.set_calls(plans, interest.numbers(wanted, base), interest.state_numbers())

    def look_again(self) -> Snapshot:
        """What is there now."""
        found = procfs.scan(self._probe.iterators)
        found.everyone = self._everyone
        return found

    def stop(self) -> None:
        """Stop recording; `batches` ends after what was recorded. Safe in a signal handler."""
        self._stopped = True

    def abandon(self) -> None:
        """`close` is to say in `left` what has not been delivered. Safe in a signal handler."""
        self._abandoned = True

    def close(self) -> None:
        """Detach the programs, end the thread, give everything back. May be called twice."""
        self._stopped = True
        self._probe.detach()
        drain = getattr(self, "_drain", None)
        if drain is not None:
            drain.stop()
            if self._abandoned:
                self._abandoned = False
                self.left = self._handed + self._remaining()
                self.drops = self._probe.losses()[0]
        self._watch.close()
        if self._collector is not None:
            self._collector.close()
        accounts = getattr(self, "_accounts", None)
        if accounts is not None:
            accounts.close()
        self._probe.close()

    def batches(self, duration: float | None = None, pulse: float = 0) -> Iterator[EventBatch]:
        """Batches in time order, at most `INTERVAL` seconds after their events, until `stop` or `duration` seconds.

        pulse   if not 0: an empty batch whenever nothing has come for so many seconds
        """
        self._since = boot_ns() + self._clock.offset()
        deadline = None if duration is None else time.monotonic() + duration
        last = looked = counted = time.monotonic()
        if not self._stopped:
            self._watch.settle(_SETTLE)
        while not self._stopped:
            if deadline is not None and time.monotonic() >= deadline:
                self.stop()
                break
            span = self._drain.take(INTERVAL)
            if self._drain.failed is not None:
                raise PysysdigError(f"live capture failed: {self._drain.failed}")
            self._watch.wait_for_new()  # what was told of while this happened stands before it
            told = self._told()
            if told:
                yield self._news(told)
            for batch in self._decode(span):
                last = time.monotonic()
                yield batch
            if self._cpu_times is not None and time.monotonic() >= counted:
                counted = time.monotonic() + _COUNT_INTERVAL
                told = self._cpu_times.take(self._time)
                if told:
                    yield self._news(told)
            if pulse and time.monotonic() >= last + pulse:
                last = time.monotonic()
                yield _nothing()
            if time.monotonic() >= looked + _LOOK_INTERVAL:
                looked = time.monotonic()
                self._look()
        self._probe.detach()
        self._drain.stop()
        while (span := self._drain.take(0)) is not None:
            yield from self._decode(span)
        yield from self._decode(None, everything=True)
        counters = self._probe.counters()
        self.foreign, self.early = counters["foreign"], counters["early"]
        lost, first, last = self._probe.losses()
        if lost > self.drops:
            yield self._drop_markers(lost, first or last, last)

    def _told(self) -> list[bytes]:
        """Events of what has become known of containers and pods."""
        told = self._watch.take(self._time)
        return told if self._collector is None else told + self._collector.take(self._time)

    def _news(self, told: list[bytes]) -> EventBatch:
        """Events made here, as the next ones."""
        batch = EventBatch.of_encoded(told, self._num, name="live")
        self._num += len(batch)
        return batch

    def _look(self) -> None:
        """Interfaces get and lose addresses while the machine is captured."""
        found = interfaces()
        if found and [_interface(i) for i in found] != [_interface(i) for i in self.snapshot.interfaces]:
            self.snapshot.interfaces = found

    def _remaining(self) -> int:
        """How many events have not been decoded. They are gone then."""
        count = len(self._left[1]) if self._left is not None else 0
        while (span := self._drain.take(0)) is not None:
            before = len(self._left[1]) if self._left is not None else 0
            raw, at, position, end = self._join(span)
            self._keep(raw, at[:0], end, position)
            count += len(at) - before
        return count

    def _decode(self, span: Span | None, everything: bool = False) -> Iterator[EventBatch]:
        """The events of a span and of what was left over, except for the youngest."""
        if span is None:
            if self._left is None:
                return
            raw, at, position, end = self._left
            seen = boot_ns()
        else:
            raw, at, position, end = self._join(span)
            self._begun += span.end - span.start
            seen = span.seen
        ts = raw[: len(raw) & ~7].view(np.uint64)[at >> 3]
        if len(ts):
            seen = max(seen, int(ts.max()))  # a full buffer is handed over before the ring is empty
        ripe = np.ones(len(at), bool) if everything else ts <= np.uint64(max(seen - _WINDOW_NS, 0))
        now = at[ripe]
        if len(now):
            order = np.argsort(ts[ripe], kind="stable")
            buffer, off, cpu = encode(raw, now[order], self._clock.offset(), self._exits)
        self._keep(raw, at[~ripe], end, position)
        if span is not None:
            self._drain.give_back(span.buffer)
        if len(now):
            num = np.arange(self._num, self._num + len(off), dtype=np.int64)
            self._num += len(off)
            self._decoded += len(off)
            cpus = len(self._decoded_by_cpu)
            self._decoded_by_cpu += np.bincount(cpu, minlength=cpus)[:cpus]
            batch = EventBatch(buffer, off, num, cpu, name="live")
            self._watch.look(batch, self._patience)
            # before the events that gave reason to ask
            for told, hidden in ((self._accounts.look(batch), True), (self._told(), False)):
                if told:
                    yield EventBatch.of_encoded(told, int(num[0]), hidden=hidden, name="live")
                    num += len(told)
                    self._num += len(told)
            self._time = int(batch.ts[-1])
            # what happened while the capture was being started could not be delivered earlier
            self.behind = max(boot_ns() + self._clock.offset() - max(int(batch.ts[0]), self._since), 0) / 1e9
            self.most_behind = max(self.most_behind, self.behind)
            self._handed = len(off)
            yield batch
            self._handed = 0
        if span is not None and span.lost[1]:
            yield self._drop_markers(*span.lost)

    def _drop_markers(self, lost: int, first: int, last: int) -> EventBatch:
        """Two events that mark where events were lost; counts them."""
        offset = self._clock.offset()
        self.losses.append((lost - self.drops, first + offset, last + offset))
        markers = drop_markers(first + offset, last + offset, lost - self.drops, self._num)
        self.drops = lost
        self._num += 2
        return markers

    def _keep(self, raw: Bytes, at: Ints, end: int, position: int) -> None:
        """Hold records back, together with the bytes after the last whole one."""
        begin = min(int(at[0]) - 8 if len(at) else end, end)
        if begin >= len(raw):
            self._left = None
            return
        self._left = raw[begin:].copy(), at - begin, position + begin, end - begin

    def _join(self, span: Span) -> tuple[Bytes, Ints, int, int]:
        """What was left over and a span: bytes, records to come, ring position of the first byte, end of the last record."""
        if self._left is None:
            raw = span.buffer[span.start : span.end]
            at, end = self._finder.find(raw, span.position)
            return raw, at, span.position, end
        left, waiting, position, whole = self._left
        if len(left) <= HEADROOM:
            begin = span.start - len(left)
            span.buffer[begin : span.start] = left
            raw = span.buffer[begin : span.end]
        else:
            raw = np.concatenate((left, span.buffer[span.start : span.end]))
        at, end = self._finder.find(raw[whole:], position + whole)
        return raw, np.concatenate((waiting, at + whole)), position, whole + end


def _interface(i: InterfaceEntry) -> tuple[str, bytes, bytes, bytes]:
    return i.name, i.addr, i.netmask, i.broadcast


def _nothing() -> EventBatch:
    """A batch without events."""
    none = np.zeros(0, np.int64)
    return EventBatch(np.zeros(8, np.uint8), none, none, np.zeros(0, np.uint16), name="live")
