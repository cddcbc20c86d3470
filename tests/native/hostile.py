"""Hostile blocks for the native extension, as many as one likes; what it answers has to be what Python answers.

python -m tests.native.hostile --blocks 1000000 [--seed 1] [--state]

Blocks of odd layout go through the walk, spans and parameters. With --state the layout is sound and what events say is not: they
go through the state step, compared batch by batch with all that the handlers in Python leave behind.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from functools import partial

from pysysdig.events.spans import located_in_python, located_natively
from pysysdig.events.table import CURRENT, N_TYPES, OLD
from pysysdig.state import raw
from pysysdig.state.levels import FD, ORDERS, THREAD
from tests.native.blocks import region
from tests.native.test_params import answers
from tests.native.test_spans import batches
from tests.native.test_walk import found
from tests.state.test_step import assert_alike_on_any


def check(rng: random.Random) -> tuple[int, int]:
    """One region; (bytes, events walked over)."""
    data = region(rng, 100)
    rows, stop = found(data, rng.choice((1, 5, 1000)), native=True)
    assert (rows, stop) == found(data, 0, native=False)
    for batch in batches(data):
        native, python = raw.NativeBatchParams(batch), raw.BatchParams(batch)
        for kind in batch.types():
            if kind >= N_TYPES:
                continue
            pos = batch.positions(kind)
            results = []
            for spans in (partial(located_in_python, batch), partial(located_natively, batch)):
                batch.damage = None
                got = spans(kind, pos)
                results.append((got.start.tolist(), got.length.tolist(), str(batch.damage)))
            assert results[0] == results[1]
            at = int(rng.choice(pos))
            assert answers(native[at]) == answers(python[at])
    return len(data), len(rows)


def check_state(rng: random.Random) -> tuple[int, int]:
    """Events of some calls; (0, how many)."""
    generation, level = rng.choice((OLD, CURRENT)), rng.choice((ORDERS, FD, FD, THREAD))
    return 0, assert_alike_on_any(rng, rng.choice((3, 40, 200)), generation, rng.randint(1, 4), rng.choice((0, 1, 4, 30)), level)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=1_000_000, help="event blocks that the native walk takes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", action="store_true", help="through the state step")
    options = parser.parse_args()
    started = time.monotonic()
    size = events = regions = 0
    while events < options.blocks:
        rng = random.Random(f"{options.seed}:{regions}")
        try:
            added = (check_state if options.state else check)(rng)
        except Exception:
            print(f"seed {options.seed}, region {regions}", file=sys.stderr)
            raise
        size, events, regions = size + added[0], events + added[1], regions + 1
    print(f"{regions} regions, {size >> 20} MiB, {events} events: native is Python; {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
