"""Native pairing of enter and exit events, and descriptor numbers, as the Python twins find them."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events import batch as batches_module
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.scap.walk import walk_natively
from pysysdig.state import pairing
from tests.native.blocks import region
from tests.native.test_spans import batches

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")

NAMES = "SYSCALL_READ_E SYSCALL_READ_X SYSCALL_CLOSE_E SYSCALL_CLOSE_X DROP_E SYSCALL_EXECVEAT_E SYSCALL_EXECVE_19_X"
KINDS = [*map(TYPES.__getitem__, NAMES.split()), pairing.SWITCH, 60000]


def _all(got: pairing.Pairs) -> tuple[Any, ...]:
    times = got.enter_ts.tolist(), got.latency.tolist()
    return got.enter.tolist(), got.valid.tolist(), sorted(got.exits.tolist()), dict(sorted(got.closing.items())), *times


@given(st.integers(0, 2**32), st.sampled_from([OLD, CURRENT]))
def test_pairs_like_python(seed: int, generation: str) -> None:
    rng = random.Random(seed)
    native, python = pairing.Pairing(generation), pairing.Pairing(generation)
    known = speed.native
    for _ in range(rng.randrange(1, 5)):
        n, threads = rng.randrange(1, 60), rng.choice((1, 3, 2000))
        types = np.array(rng.choices(KINDS, k=n), np.uint16)
        slots = np.array([rng.randrange(-1, threads) for _ in range(n)], np.int64)
        ts = np.array([rng.randrange(1, 1000) for _ in range(n)], np.uint64)
        results = []
        for who, how in ((native, known), (python, None)):
            with patch.object(pairing, "native", how):
                got = who.process(types, slots, ts.__getitem__)
                results.append((_all(got), got))
        assert results[0][0] == results[1][0]
        with_open = {at for at in results[1][1].alone.tolist() if python.type[slots[at]]}
        assert set(results[0][1].alone.tolist()) == with_open  # the others have nothing to be paired with
        slot = rng.randrange(threads)
        born = [(rng.randrange(-1, threads + 2), rng.randrange(n)) for _ in range(rng.randrange(4))]
        found = []
        for who, how, (_, pairs) in ((native, known, results[0]), (python, None, results[1])):
            for asked in ("enter_ts", "latency"):
                pairs.__dict__.pop(asked, None)
            with patch.object(pairing, "native", how):
                orphans = set(who.orphans(pairs, types, slots, born).tolist()) if born else set()
            found.append((orphans & with_open, _all(pairs)))
        assert found[0] == found[1]
        for who in (native, python):
            who.forget(slot)


@given(st.integers(0, 2**32))
def test_numbers_like_python(seed: int) -> None:
    rng = random.Random(seed)
    for batch in batches(region(rng, 30)):
        wanted = frozenset(rng.sample([4, 6, 8], 2))  # close, read, write
        known = speed.native
        results = []
        for how in (known, None):
            with patch.object(batches_module, "native", how):
                results.append([column.tolist() for column in batch.fd_numbers(wanted)])
        assert sorted(zip(*results[0])) == sorted(zip(*results[1]))


@given(st.integers(0, 2**32))
def test_numbers_that_were_taken_along(seed: int) -> None:
    whole = np.frombuffer(region(random.Random(seed), 30), np.uint8)
    for p in walk_natively(whole, 0, 1000)[0]:
        known, bare = (
            EventBatch(whole, p.off, p.off, np.zeros(len(p.off), np.uint16), v1=p.v1, type_=p.type, headers=headers)
            for headers in (p.headers, None)
        )
        for wanted in (frozenset({4, 6}), frozenset({8})):
            assert known.own_numbers(wanted).tolist() == bare.own_numbers(wanted).tolist()


def test_outside() -> None:
    known: Any = speed.native
    one = np.zeros(1, np.int64)
    wanted = np.ones(65536, bool)
    for off in (-1, 15, 1 << 62):
        with pytest.raises(IndexError):
            known.fd_numbers(np.zeros(40, np.uint8), np.array([off]), np.zeros(1, np.uint16), wanted, one, one.copy())
    rooms = [np.full(2, -1, np.int32), np.full(2, -1, np.int32), one.copy(), np.zeros(1, bool), *np.zeros((5, 1), np.int64)]
    with pytest.raises(IndexError, match="no room for the thread of event 0"):
        known.pair(np.zeros(1, np.uint16), np.array([2]), wanted, 1, 3, 5, np.zeros(2, np.int32), *rooms)
