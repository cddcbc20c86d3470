"""The thread that empties the ring into buffers of ours, so that a slow consumer costs memory before it costs events."""

from __future__ import annotations

import mmap
import os
import threading
from collections import deque
from typing import NamedTuple

import numpy as np

from pysysdig.capture.group import Bytes
from pysysdig.capture.probe import Probe, boot_ns

HEADROOM = 1 << 19  # before the bytes of each buffer: room for what is carried over from the one before
CAPACITY = 1 << 20
_SPARE = 4  # buffers kept for the next span; the others that a burst took are given back
_BUSY_SLEEP, _IDLE_SLEEP = 0.002, 0.005


class Span(NamedTuple):
    """Consecutive bytes of the ring: buffer[start:end], from ring position `position`.

    seen: boot time up to which everything that was recorded is in this span or an earlier one.
    lost: events lost so far, and boot times of the first and last one since the span before (0: none).
    """

    buffer: Bytes
    start: int
    end: int
    position: int
    seen: int
    lost: tuple[int, int, int]


class Drain:
    """Polls the ring in a thread of its own.

    backlog: bytes of buffers kept for the consumer at most; beyond it the ring fills up and the probe counts losses.
    """

    def __init__(self, probe: Probe, backlog: int) -> None:
        self._probe = probe
        self._limit = max(backlog // CAPACITY, 2)
        self._full: deque[Span] = deque()
        self._free: list[Bytes] = []
        self._condition = threading.Condition()
        self._stopping = threading.Event()
        self._buffer: Bytes | None = None
        self._fill = 0
        self._position = 0
        self._seen = 0
        self._failed: BaseException | None = None
        self._lost = (0, 0, 0)
        self._thread = threading.Thread(target=self._run, name="pysysdig-drain", daemon=True)

    def start(self) -> None:
        """Begin draining."""
        self._thread.start()

    def stop(self) -> None:
        """Drain what is left (the probe should be detached by now) and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    @property
    def size(self) -> int:
        """Bytes that wait for the consumer."""
        held = sum(span.end - span.start for span in list(self._full))
        return held + (self._fill - HEADROOM if self._buffer is not None else 0)

    @property
    def failed(self) -> BaseException | None:
        """What ended the thread before `stop`, if anything did."""
        return self._failed

    def take(self, timeout: float) -> Span | None:
        """The next span: a full buffer as soon as there is one, else after `timeout` seconds what has come so far."""
        with self._condition:
            if not self._full:
                self._condition.wait_for(lambda: self._full or self._stopping.is_set(), timeout)
            if self._full:
                span = self._full.popleft()
                self._condition.notify_all()
                return span
            return self._rotate()

    def give_back(self, buffer: Bytes) -> None:
        """Reuse a buffer: fresh memory costs more than the copy into it."""
        if len(self._free) < _SPARE:
            self._free.append(buffer)

    def _rotate(self) -> Span | None:
        """The buffer being filled as a span. The lock is held."""
        buffer = self._buffer
        if buffer is None or (self._fill == HEADROOM and not self._lost[1]):
            return None
        span = Span(buffer, HEADROOM, self._fill, self._position, self._seen, self._lost)
        self._buffer = None
        self._lost = (self._lost[0], 0, 0)
        return span

    def _run(self) -> None:
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
        except OSError:
            pass
        try:
            while not self._stopping.is_set():
                moved = self._step()
                self._stopping.wait(_BUSY_SLEEP if moved else _IDLE_SLEEP)
            while self._step():
                pass
        except BaseException as e:
            self._failed = e
            self._stopping.set()
        with self._condition:
            self._condition.notify_all()

    def _step(self) -> int:
        """Move what is in the ring now. Returns the number of bytes."""
        ring = self._probe.ring
        assert ring is not None
        now = boot_ns()
        ready = ring.ready()
        total = 0
        while True:
            with self._condition:
                if len(self._full) >= self._limit and not self._stopping.is_set():
                    return total
                if self._buffer is None:
                    self._buffer = self._free.pop() if self._free else _new_buffer()
                    self._fill = HEADROOM
                    self._position = ring.position
                n = min(ready - total, HEADROOM + CAPACITY - self._fill)
                if n:
                    ring.copy(self._buffer[self._fill : self._fill + n])
                    self._fill += n
                    total += n
                if total == ready:
                    self._seen = now
                    self._note_losses()
                    return total
                span = self._rotate()
                assert span is not None
                self._full.append(span)
                self._condition.notify_all()

    def _note_losses(self) -> None:
        lost, first, last = self._probe.losses()
        if lost > self._lost[0]:
            self._lost = (lost, self._lost[1] or first or last, last)


def _new_buffer() -> Bytes:
    """Mapped memory, not the allocator's: it goes back to the system as soon as nobody has it any more."""
    return np.frombuffer(mmap.mmap(-1, HEADROOM + CAPACITY), np.uint8)
