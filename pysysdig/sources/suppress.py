"""-U: events of processes with given names, and of what they start, are taken out before anything sees them.

As in sysdig 0.36 (libs 0.15.1): they get no number and change no state. A process counts when its name is one of those at
the start, or when a clone, fork or execve gives it that name or comes from a process that counts. Of the processes
that run already at the start only those with such a name count themselves, not their children.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.events.arrays import pieces, unique_first, within
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import OLD, TYPES
from pysysdig.sources.section import Plain

if TYPE_CHECKING:
    from pysysdig.sources.section import Section
    from pysysdig.state.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]

_STARTS = tuple(TYPES[f"SYSCALL_{name}_X"] for name in ("CLONE_20", "FORK_20", "VFORK_20", "EXECVE_19", "EXECVEAT", "CLONE3"))
_PARENT, _COMM = 5, 13  # their parameters
_EXIT = TYPES["PROCEXIT_1_E"]


class Suppressor:
    """The names, and which threads count now. One object a run; `count` is the number of events (and processes) left out."""

    __slots__ = ("_comms", "_tids", "count")

    def __init__(self, comms: Iterable[str]) -> None:
        """comms: byte texts."""
        self._comms = frozenset(comms)
        self._tids: set[int] = set()
        self.count = 0

    def sections(self, sections: Iterable[Section]) -> Iterator[SuppressedSection]:
        """The sections without the suppressed events. Raises CaptureError for a trace that lacks events already."""
        for section in sections:
            if not section.complete:
                raise CaptureError("-U needs every event of a capture, and this file was written with a filter")
            yield SuppressedSection(section, self)

    def without(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot without the processes that have one of the names."""
        out = copy(snapshot)
        out.processes = []
        for p in snapshot.processes:
            if p.comm in self._comms:
                self._tids.add(p.tid)
                self.count += 1
            else:
                out.processes.append(p)
        return out

    def mask(self, batch: EventBatch, generation: str) -> Mask:
        """Which events of the next batch are suppressed: bool, shape (n,)."""
        out = np.zeros(len(batch), bool)
        starts = self._starts(batch)
        ends = set(batch.positions(_EXIT).tolist())
        changes: dict[int, list[tuple[int, bool]]] = {tid: [(0, True)] for tid in self._tids}
        own = sorted([*starts, *ends])
        tids = batch.tid
        for pos, tid in zip(own, tids[own].tolist()):
            if pos in ends:
                if tid in self._tids:
                    self._tids.discard(tid)
                    changes[tid].append((pos, False))
                    out[pos] = generation == OLD  # the current libraries let it through, so that the thread goes
                continue
            parent, comm = starts[pos]
            if (parent and parent in self._tids) or comm in self._comms:
                self._tids.add(tid)
                changes.setdefault(tid, []).append((pos, True))
                out[pos] = True
        if changes:
            self._others(tids, own, changes, out)
        self.count += int(np.count_nonzero(out))
        return out

    def _starts(self, batch: EventBatch) -> dict[int, tuple[int, str]]:
        """Position -> (parent, name) of the events that start a process or change its name."""
        out: dict[int, tuple[int, str]] = {}
        for kind in _STARTS:
            pos = batch.positions(kind)
            if not len(pos):
                continue
            spans = batch.spans(kind, pos)
            parents, _ = batch.fixed(spans, _PARENT, "PID")
            for at, parent, comm in zip(pos.tolist(), parents.tolist(), batch.texts(spans, _COMM)):
                out[at] = (parent, comm or "")
        return out

    @staticmethod
    def _others(tids: npt.NDArray[np.int64], own: list[int], changes: dict[int, list[tuple[int, bool]]], out: Mask) -> None:
        """Mark the events that are suppressed because their thread is at that moment."""
        plain = within(tids, np.array([t for t in changes if t], np.int64))
        plain[own] = False
        at = np.flatnonzero(plain)
        at = at[np.argsort(tids[at], kind="stable")]
        found, first = unique_first(tids[at])
        for tid, pos in zip(found.tolist(), pieces(at, first[1:].tolist())):
            history = changes[tid]
            which = np.searchsorted(np.array([p for p, _ in history]), pos, "right") - 1
            out[pos] = np.array([*(on for _, on in history), False])[which]


class SuppressedSection(Plain):
    """A section without the suppressed events: `snapshot`, `generation`, `batches()`."""

    __slots__ = ("_section", "_suppressor", "generation", "snapshot")

    def __init__(self, section: Section, suppressor: Suppressor) -> None:
        self._section = section
        self._suppressor = suppressor
        self.generation: str = section.generation
        self.snapshot: Snapshot = suppressor.without(section.snapshot)

    def batches(self) -> Iterator[EventBatch]:
        """The events that are left, numbered without gaps. Raises what reading raises."""
        gone = 0
        for batch in self._section.batches():
            mask = self._suppressor.mask(batch, self.generation)
            left = _left(batch, mask, gone)
            gone += int(np.count_nonzero(mask))
            yield left
            if batch.damage is None:  # the reader is to learn of it
                batch.damage = left.damage


def _left(batch: EventBatch, mask: Mask, gone: int) -> EventBatch:
    """The events that are not in `mask`; `gone` were left out before."""
    if not mask.any() and not gone:
        return batch
    keep = np.flatnonzero(~mask)
    left = batch.subset(keep)
    left.num = left.num - gone - np.cumsum(mask)[keep]
    return left
