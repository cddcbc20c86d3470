"""Which events of a batch change no descriptor, found beforehand for all of them: the loop over the others is what costs.

Whatever is not certain stays with the handlers, which do the same one by one. The native step does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique, within
from pysysdig.events.table import TYPES
from pysysdig.state.descriptors import F_DUPFD, F_DUPFD_CLOEXEC, F_SETFD
from pysysdig.state.execve import EXECVE_EXITS
from pysysdig.state.fds import FdInfo
from pysysdig.state.handlers import of_descriptors  # noqa: F401  events are registered with their handlers
from pysysdig.state.processes import CLONE_EXITS
from pysysdig.state.registry import EVENTS
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import OWN_FILES, SHARED

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.inspector import Inspector

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CLOSE_E, _CLOSE_X = TYPES["SYSCALL_CLOSE_E"], TYPES["SYSCALL_CLOSE_X"]
_FCNTL_E, _FCNTL_X = TYPES["SYSCALL_FCNTL_E"], TYPES["SYSCALL_FCNTL_X"]
_FEW = 64  # events of a kind that are not worth a look beforehand
_ANY = -2
_SETTLED: RowAttribute[FdInfo] = RowAttribute(lambda f: f.is_settled_tcp, dtype=np.bool_)


def _mask(*types: int) -> Mask:
    out = np.zeros(65536, bool)
    out[list(types)] = True
    return out


_CLOSES = _mask(_CLOSE_E, _CLOSE_X)
# what is called without parameters, the closes apart
_TRAFFIC = _mask(*(t for t, event in EVENTS.items() if event.bare)) & ~_CLOSES
_MAKERS = frozenset(t for t, event in EVENTS.items() if event.makes)
# events after which a thread may use another descriptor table than before, or the table has lost many at once
_UPHEAVALS = _mask(*EXECVE_EXITS, TYPES["PROCEXIT_E"], TYPES["PROCEXIT_1_E"], TYPES["SYSCALL_CLOSE_RANGE_X"])


def drop_settled(inspector: Inspector, batch: EventBatch, slots: Ints, state: Mask) -> None:
    """Take the events that change nothing out of `state`, the mask of those that the handlers are called for."""
    _drop_plain_fcntl(inspector, batch, state)
    _drop_settled_traffic(inspector, batch, slots, state)
    if not inspector.current_generation:
        _drop_undisturbed_closes(inspector, batch, state)


def _drop_plain_fcntl(inspector: Inspector, batch: EventBatch, state: Mask) -> None:
    """Only few commands of fcntl change a descriptor."""
    exits = batch.positions(_FCNTL_X)
    if not len(exits):
        return
    if inspector.current_generation:
        commands = batch.parameter(_FCNTL_X, 2, exits)[0]
        wanted = (commands == F_DUPFD) | (commands == F_DUPFD_CLOEXEC) | (commands == F_SETFD)
    else:
        enters = inspector.pairs.enter[exits]
        wanted = np.ones(len(exits), bool)  # those that came in an earlier batch are looked at one by one
        here = np.flatnonzero((enters >= 0) & inspector.pairs.valid[exits])
        commands = batch.parameter(_FCNTL_E, 1, enters[here])[0]
        wanted[here] = (commands == F_DUPFD) | (commands == F_DUPFD_CLOEXEC)
    state[exits[~wanted]] = False


def _drop_undisturbed_closes(inspector: Inspector, batch: EventBatch, state: Mask) -> None:
    """The start of a close only matters if something else happens to descriptors before its end."""
    exits = batch.positions(_CLOSE_X)
    exits = exits[inspector.pairs.valid[exits]]
    enters = inspector.pairs.enter[exits]
    exits, enters = exits[enters >= 0], enters[enters >= 0]
    disturbing = np.flatnonzero(state & ~_CLOSES.take(batch.type))
    quiet = np.searchsorted(disturbing, enters) == np.searchsorted(disturbing, exits)
    state[enters[quiet]] = False


def _drop_settled_traffic(inspector: Inspector, batch: EventBatch, slots: Ints, state: Mask) -> None:
    """Traffic on named TCP sockets changes nothing.

    Only where the thread's process and the descriptor stay what they are at the start of the batch.
    """
    traffic = _TRAFFIC.take(batch.type) & state
    at = np.flatnonzero(traffic)
    if len(at) < _FEW:
        return
    others = np.flatnonzero(state & ~traffic)
    moved = _unstable_processes(inspector, batch, slots, others)
    keys = _places(inspector, slots[at], inspector.fdnum[at], moved)
    rows = np.where(keys >= 0, inspector.fds.timeline.current[np.maximum(keys, 0)], -1)
    settled = inspector.fds.number(rows, _SETTLED).values & (rows >= 0)
    touched, numbers = _touched(inspector, batch, others)
    places = _places(inspector, slots[touched], numbers, moved)
    settled &= ~within(keys, places)
    settled &= ~within(inspector.fdnum[at], numbers[places == _ANY])
    state[at[settled]] = False


def _unstable_processes(inspector: Inspector, batch: EventBatch, slots: Ints, others: Ints) -> Ints:
    """Ids of processes known at the start of the batch that may not be the same throughout it, or lose descriptors at once."""
    threads = inspector.threads
    who = [slots[others[_UPHEAVALS.take(batch.type[others])]]]
    for kind in batch.types():
        if kind in CLONE_EXITS:
            pos = batch.positions(kind)
            result, valid = batch.first(kind, pos)
            who += [slots[pos[result == 0]], threads.slots.find(result[valid & (result > 0)])]
    known = np.concatenate(who)
    rows = threads.timeline.current[known[(known >= 0) & (known < len(threads.timeline.current))]]
    return unique(threads.number(rows[rows >= 0], named("pid")).values)


def _touched(inspector: Inspector, batch: EventBatch, others: Ints) -> tuple[Ints, Ints]:
    """(positions, numbers) of the descriptors that the events at `others` may create, alter or close."""
    positions, numbers = [others], [inspector.fdnum[others]]
    kinds = batch.type[others]
    for kind in unique(kinds).tolist():
        if kind in _MAKERS:
            pos = others[kinds == kind]
            spans = batch.spans(kind, pos)
            for i in range(min(len(spans.start), 3)):
                values, valid = batch.fixed(spans, i, "FD")
                positions.append(pos[valid])
                numbers.append(values[valid])
    return np.concatenate(positions), np.concatenate(numbers)


def _places(inspector: Inspector, slots: Ints, numbers: Ints, moved: Ints) -> Ints:
    """Where descriptor numbers of threads are kept at the start of the batch: slots of the timeline of descriptors.

    -1: nowhere. _ANY: that cannot be said, since the thread is not known or its process is among `moved`.
    """
    threads = inspector.threads
    rows = np.where(slots >= 0, threads.timeline.current[np.maximum(slots, 0)], -1)
    pids = threads.number(rows, named("pid")).values
    files = threads.number(rows, OWN_FILES).values
    shared = np.flatnonzero(files == SHARED)
    if len(shared):
        mains = threads.slots.find(pids[shared])
        mains = np.where(mains >= 0, threads.timeline.current[np.maximum(mains, 0)], -1)
        files[shared] = threads.number(mains, named("files")).values
    out = inspector.fds.slots(np.where(rows >= 0, files, -1), numbers)
    out[(rows < 0) | within(pids, moved)] = _ANY
    return out
