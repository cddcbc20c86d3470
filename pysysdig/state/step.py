"""The native twin of the loop over the events that change state (native/step.c), and which handlers it has twins of.

Both work on the same objects. The native loop calls the Inspector's handler for every event that it has no twin for, and for the
odd ones of those that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import N_TYPES
from pysysdig.speed import native
from pysysdig.state.base import Group
from pysysdig.state.fds import FdInfo
from pysysdig.state.handlers import of_descriptors  # noqa: F401  events are registered with their handlers
from pysysdig.state.pairing import threadless
from pysysdig.state.registry import EVENTS
from pysysdig.state.threads import UNSET, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.inspector import Inspector

Ints = npt.NDArray[np.int64]

# whose parameters the native step looks at; starts without parameters are not among them
_LOOKED_AT = frozenset(t for t, event in EVENTS.items() if event.native and (t & 1 or not event.bare))
_NO_INTS = np.zeros(0, np.int64)
_NO_FDS = (_NO_INTS, np.zeros(0, bool), _NO_INTS, _NO_INTS, np.zeros(0, np.int32))


class NativeStep:
    """The native loop of one Inspector, with what it remembers of text from batch to batch."""

    def __init__(self, inspector: Inspector) -> None:
        assert native is not None
        numbers = {name: number for number, name in enumerate(native.STEP_OPS)}
        ops = {t: numbers[EVENTS[t].native] for t in inspector.handlers if t in EVENTS and EVENTS[t].native}
        ops |= {t: numbers["kept_enter"] for t, handler in inspector.handlers.items() if handler == inspector.on_kept_enter}
        self._step = native.Step(
            inspector.current_generation, inspector.with_fds, inspector.snapshot.boot_ts, ThreadInfo, FdInfo, Group, UNSET, ops
        )
        self._threadless = threadless(inspector.generation)

    def run(self, inspector: Inspector, batch: EventBatch, positions: Ints) -> None:
        """Handle the events at `positions` (ascending) of a batch."""
        i = inspector
        direct = batch.encoded and not batch.v1
        tids, ts, types = (np.ascontiguousarray(column) for column in (i.tids, batch.ts, batch.type))
        spans, column = ([], np.zeros(0, np.int32)) if direct else _spans(i, batch, positions)
        fds = (i.pairs.enter, i.pairs.valid, i.fdnum, i.numbers, i.chosen) if i.with_fds else _NO_FDS
        shared = (
            *i.threads.parts(), *i.fds.parts(), i.groups, i.children, i.closing, i.survivors, i.carried, i.queue, i.ended,
            i.history.groups if i.history is not None else None,
        )  # fmt: skip
        callbacks = (i.handle, i.find_container_at, i.threads.slots.slot)
        self._step.run(
            shared, callbacks, spans, positions, tids, ts, types, self._threadless, *fds, i.slots, i.makes_thread, column,
            batch.buf, batch.off if direct else _NO_INTS, i.threads.slots.table,
        )  # fmt: skip


def _spans(inspector: Inspector, batch: EventBatch, positions: Ints) -> tuple[list[Any], npt.NDArray[np.int32]]:
    """Where the parameters of the events at `positions`, and of their enter events, are: [(type, start, length)] and, by
    position, which column there is the event's; -1 none. For batches that do not hold the events as they were encoded."""
    column = np.full(len(batch), -1, np.int32)
    kinds = batch.type[positions]
    out = []
    counts = np.bincount(kinds, minlength=N_TYPES)
    damage = batch.damage
    for kind in np.flatnonzero(counts).tolist():
        if kind not in _LOOKED_AT:
            continue
        at = positions[kinds == kind]
        sought = [(kind, at)]
        if EVENTS[kind].enter and inspector.with_fds:
            enters = inspector.pairs.enter[at[inspector.pairs.valid[at]]]
            enters = enters[enters >= 0]
            sought.append((kind - 1, enters[batch.type[enters] == kind - 1]))
        for kind_, at_ in sought:
            if len(at_):
                spans = batch.spans(kind_, at_)
                if len(spans.start):
                    column[at_] = np.arange(len(at_), dtype=np.int32)
                    out.append((kind_, np.ascontiguousarray(spans.start), np.ascontiguousarray(spans.length)))
    batch.damage = damage  # state passes over it, who shows the event reports it
    return out, column


def native_step(inspector: Inspector) -> NativeStep | None:
    """The native loop for an Inspector; None: there is none."""
    return NativeStep(inspector) if native is not None else None
