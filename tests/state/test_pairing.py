"""Enter and exit events are paired as one by one, however they are cut into batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.table import OLD, TYPES
from pysysdig.state.pairing import SWITCH, Pairing

KINDS = [TYPES[n] for n in ("SYSCALL_READ_E", "SYSCALL_READ_X", "SYSCALL_CLOSE_E", "SYSCALL_CLOSE_X", "DROP_E")] + [SWITCH]
STREAM = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3)), min_size=1, max_size=40)


@given(STREAM, st.integers(1, 40))
def test_against_one_by_one(stream: list[tuple[int, int]], size: int) -> None:
    pairing = Pairing(OLD)
    opened: dict[int, tuple[int, int, int]] = {}  # thread -> (type, time, position in the stream)
    last: dict[int, int] = {}
    for start in range(0, len(stream), size):
        part = stream[start : start + size]
        types = np.array([k for k, _ in part], np.uint16)
        slots = np.array([t for _, t in part], np.int64)
        ts = np.arange(start, start + len(part)).astype(np.uint64) * np.uint64(10) + np.uint64(100)
        got = pairing.process(types, slots, ts.__getitem__)
        for i, (kind, thread) in enumerate(part):
            if kind == TYPES["DROP_E"]:
                assert not got.valid[i]
                continue
            if kind == SWITCH:
                assert got.latency[i] == last.get(thread, 0)
                continue
            if kind & 1:
                type_, time, position = opened.get(thread, (-1, 0, -1))
                assert got.valid[i] == (type_ == kind - 1)
                assert got.enter_ts[i] == time
                assert got.enter[i] == (position - start if position >= start else -1)
                last[thread] = int(ts[i]) - time if time else 0
            else:
                opened[thread] = (kind, int(ts[i]), start + i)
                last[thread] = 0
            assert got.latency[i] == last[thread]
