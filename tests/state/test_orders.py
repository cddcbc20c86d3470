"""Open descriptors in the order of the hash table of the reference, at any moment of a batch."""

from __future__ import annotations

import numpy as np

from pysysdig.state.fds import FdInfo
from pysysdig.state.hashorder import HashOrder
from pysysdig.state.orders import Orders


def info(row: int) -> FdInfo:
    out = FdInfo(0)
    out.row = row
    return out


def test_rows_before_at_and_after_changes() -> None:
    """A table with 1, 2; 3 is opened at 4, 1 gets another version at 6, 2 is closed at 9."""
    orders = Orders()
    orders.new_table(0, [1, 2])
    orders.begin([])
    orders.add(0, 3)
    orders.remove(0, 2)
    orders.commit(*(np.array(c) for c in ([0, 0, 0], [3, 1, 2], [4, 6, 9], [12, 13, -1], [-1, 10, 11])))
    now = {1: info(13), 3: info(12)}
    seqs = np.array([10, 0, 4, 6, 8])
    got = orders.open_rows(np.zeros(5, np.int64), seqs, [now])
    three, two = HashOrder([1, 2, 3]).keys, HashOrder([1, 2]).keys
    old = {1: 10, 2: 11, 3: 12}
    want = {
        0: [old[fd] for fd in two],
        4: [old[fd] for fd in three],
        6: [{**old, 1: 13}[fd] for fd in three],
        8: [{**old, 1: 13}[fd] for fd in three],
        10: [{1: 13, 3: 12}[fd] for fd in three if fd != 2],
    }
    assert [list(rows) for rows in got] == [want[seq] for seq in seqs.tolist()]


def test_tables_that_are_gone_or_never_were() -> None:
    orders = Orders()
    orders.new_table(0, [1])
    orders.begin([0])
    assert orders.open_rows(np.array([0, -1]), np.array([0, 0]), [None]) == [(), ()]
    orders.new_table(0, [5])  # the number may be used again
    assert list(orders.keys(0)) == [5]


def test_the_order_is_the_hash_tables_not_that_of_opening() -> None:
    orders = Orders()
    orders.new_table(0, [])
    orders.begin([])
    for fd in (1, 2, 14):
        orders.add(0, fd)
    assert list(orders.keys(0)) == HashOrder([1, 2, 14]).keys != [1, 2, 14]
