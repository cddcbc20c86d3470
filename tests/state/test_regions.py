"""Slots of descriptor tables: each (table, number) has its own, and what is gone leaves nothing behind."""

from __future__ import annotations

import numpy as np

from pysysdig.state.regions import Regions
from pysysdig.state.timeline import Timeline


def placed(regions: Regions, *pairs: tuple[int, int], count: int = 1) -> list[int]:
    """Slots of (table, descriptor) pairs, made where there are none."""
    files, fds = (np.array(column, np.int64) for column in zip(*pairs))
    regions.reserve(int(files.max()) + 1)
    regions.make_room(files, fds, lambda table: count)
    found: list[int] = regions.slots(files, fds).tolist()
    return found


def test_each_pair_has_its_own_slot() -> None:
    regions = Regions(Timeline())
    pairs = [(table, fd) for table in range(300) for fd in (0, 3, 63, 64, 200)]
    slots = placed(regions, *pairs)
    assert len(set(slots)) == len(pairs) and min(slots) >= 0
    assert placed(regions, *pairs) == slots


def test_what_has_no_slot() -> None:
    regions = Regions(Timeline())
    placed(regions, (0, 3))
    files, fds = np.array([-1, 0, 0, 5]), np.array([3, -1, 4000, 3])
    assert regions.slots(files, fds).tolist() == [-1, -1, -1, -1]


def test_a_number_far_above_takes_one_slot() -> None:
    """A table of two descriptors, of which one is a million, does not take a million slots."""
    timeline = Timeline()
    regions = Regions(timeline)
    assert len(set(placed(regions, (0, 3), (0, 1_000_000), (1, 1_000_000)))) == 3
    assert len(timeline.current) < 10_000
    many = [(2, fd) for fd in range(5000)]
    assert len(set(placed(regions, *many, count=5000))) == 5000 and int(regions.size[2]) >= 5000  # a region, not one by one


def test_a_table_that_grows_keeps_its_rows() -> None:
    timeline = Timeline()
    regions = Regions(timeline)
    (before,) = placed(regions, (0, 3))
    (far,) = placed(regions, (0, 2000))
    timeline.current[before], timeline.current[far] = 7, 8
    regions.place(0, 2001)
    near, grown = placed(regions, (0, 3), (0, 2000))
    assert near != before and timeline.current[[near, grown]].tolist() == [7, 8]
    assert timeline.current[before] == -1


def test_regions_that_are_released_are_used_again_empty() -> None:
    timeline = Timeline()
    regions = Regions(timeline)
    slot, far = placed(regions, (0, 3), (0, 1_000_000))
    timeline.current[[slot, far]] = 7
    regions.release(np.array([0]))
    assert regions.slots(np.array([0, 0]), np.array([3, 1_000_000])).tolist() == [-1, -1]
    assert placed(regions, (1, 3)) == [slot]
    assert timeline.current[[slot, far]].tolist() == [-1, -1]
