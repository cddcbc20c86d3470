"""Where the descriptors of each table are in the timeline: a slot for every (table, descriptor number).

Each table owns a region of slots: slot = base[table] + number. Numbers far above the others have slots of their own: a region up
to them would be mostly empty. What tables that are gone leave is used again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.speed import native
from pysysdig.state.timeline import Timeline

Ints = npt.NDArray[np.int64]
_FIRST_REGION = 64
_SURELY_NEAR = 1024  # numbers below this one are never far above the others


class Regions:
    """The slots of descriptor tables, which are numbers below `len()`.

    base, size   by table: first slot of its region and how many it has; 0 none
    """

    __slots__ = ("_far", "_free", "_timeline", "_top", "base", "size")

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.base = np.zeros(256, np.int64)
        self.size = np.zeros(256, np.int64)
        self._top = 0
        self._far: dict[int, dict[int, int]] = {}  # table -> descriptor -> slot
        self._free: dict[int, list[int]] = {}  # size -> first slots of regions that nobody has

    def __len__(self) -> int:
        return len(self.base)

    def parts(self) -> tuple[Ints, Ints]:
        """What native look-ups work on."""
        return self.base, self.size

    def reserve(self, tables: int) -> None:
        """Make room for tables 0..tables-1."""
        lacking = tables - len(self.base)
        if lacking > 0:
            more = np.zeros(max(lacking, len(self.base)), np.int64)
            self.base, self.size = np.concatenate([self.base, more]), np.concatenate([self.size, more])

    def slots(self, files: Ints, fds: Ints) -> Ints:
        """Slots of (table, descriptor) pairs; -1 where there is none."""
        if native is not None:
            found = np.empty(len(files), np.int64)
            pairs = (np.ascontiguousarray(column, np.int64) for column in (files, fds))
            if not native.slots_of(*pairs, self.base, self.size, found) or not self._far:
                return found
        safe = np.maximum(files, 0)
        near = (files >= 0) & (fds >= 0) & (fds < self.size[safe])
        out: Ints = np.where(near, self.base[safe] + fds, -1)
        if self._far:
            for i in np.flatnonzero(~near & (files >= 0) & (fds >= 0)).tolist():
                out[i] = self._far.get(int(files[i]), {}).get(int(fds[i]), -1)
        return out

    def make_room(self, files: Ints, fds: Ints, count: Callable[[int], int]) -> None:
        """Slots for (table, descriptor) pairs; `count` says how many descriptors a table has."""
        beyond = np.flatnonzero(fds >= self.size[files])
        if not len(beyond):
            return
        files, fds = files[beyond], fds[beyond]
        need = np.zeros(int(files.max()) + 1, np.int64)
        np.maximum.at(need, files, fds + 1)
        simple = (need > 0) & (need <= _SURELY_NEAR) & (self.size[: len(need)] == 0)
        new = np.flatnonzero(simple)
        self.place_new(new, need[new])
        rest = np.flatnonzero(~simple[files])
        numbers: dict[int, set[int]] = {}
        for table, fd in zip(files[rest].tolist(), fds[rest].tolist()):
            numbers.setdefault(table, set()).add(fd)
        for table, found in numbers.items():
            near, many = sorted(found), max(len(found), count(table))
            while near and not _is_near(near[-1], many):
                self._far_slot(table, near.pop())
            if near:
                self.place(table, near[-1] + 1)

    def _far_slot(self, files: int, fd: int) -> None:
        far = self._far.setdefault(files, {})
        if fd not in far:
            far[fd] = self._top
            self._top += 1
            self._timeline.reserve(self._top)

    def place_new(self, files: Ints, need: Ints) -> None:
        """Give tables that have none regions of at least `need` slots."""
        size = _FIRST_REGION
        while len(files):
            fits = need <= size
            self._place_in(files[fits], size)
            files, need = files[~fits], need[~fits]
            size *= 2

    def _place_in(self, files: Ints, size: int) -> None:
        """Give tables that have none a region of `size` slots."""
        free = self._free.setdefault(size, [])
        reused = min(len(free), len(files))
        self.base[files[:reused]] = free[len(free) - reused :]
        del free[len(free) - reused :]
        fresh = len(files) - reused
        self.base[files[reused:]] = self._top + size * np.arange(fresh, dtype=np.int64)
        self._top += size * fresh
        self.size[files] = size
        self._timeline.reserve(self._top)

    def place(self, files: int, need: int) -> None:
        """Give the table a region of at least `need` slots, keeping what it has."""
        size = _FIRST_REGION
        while size < need:
            size *= 2
        free = self._free.get(size)
        if free:
            base = free.pop()
        else:
            base = self._top
            self._top += size
            self._timeline.reserve(self._top)
        old, old_size = int(self.base[files]), int(self.size[files])
        current = self._timeline.current
        current[base : base + size] = -1
        if old_size:
            current[base : base + old_size] = current[old : old + old_size]
            current[old : old + old_size] = -1
            self._free.setdefault(old_size, []).append(old)
        self.base[files] = base
        self.size[files] = size
        far = self._far.get(files, {})
        for fd in [fd for fd in far if fd < size]:
            current[base + fd] = current[far.pop(fd)]

    def release(self, files: Ints) -> None:
        """Let other tables have the regions of these."""
        for table in self._far.keys() & set(files.tolist()):
            for slot in self._far.pop(table).values():
                self._timeline.current[slot] = -1
        sizes, bases = self.size[files], self.base[files]
        for size in unique(sizes[sizes > 0]).tolist():
            starts = bases[sizes == size]
            self._timeline.current[(starts[:, None] + np.arange(size)).ravel()] = -1
            self._free.setdefault(size, []).extend(starts.tolist())
        self.size[files] = 0


def _is_near(fd: int, count: int) -> bool:
    """Whether a region up to `fd` is worth it for a table of `count` descriptors."""
    return fd < max(_SURELY_NEAR, 4 * count)
