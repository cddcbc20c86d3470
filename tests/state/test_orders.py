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


def commit(orders: Orders, made: list[tuple[int, ...]], *changes: tuple[int, ...]) -> None:
    """made: table, its source, changes before it and for it; changes: table, descriptor, sequence number, row, before."""
    columns = np.array(made, np.int64).reshape(-1, 4).T, np.array(changes, np.int64).reshape(-1, 5).T
    orders.commit(tuple(columns[0]), *columns[1])


def order(orders: Orders, table: int, *fds: int) -> list[int]:
    """The descriptors (their rows are the same numbers) of a table after all changes."""
    (rows,) = orders.open_rows(np.array([table]), np.array([1 << 17]), [None] * table + [{fd: info(fd) for fd in fds}])
    return list(rows)


def test_rows_before_at_and_after_changes() -> None:
    """A table with 1, 2; 3 is opened at 4, 1 gets another version at 6, 2 is closed at 9."""
    orders = Orders()
    commit(orders, [(0, -1, 0, 0)], (0, 1, 0, 10, -1), (0, 2, 0, 11, -1))
    orders.begin([])
    commit(orders, [], (0, 3, 4, 12, -1), (0, 1, 6, 13, 10), (0, 2, 9, -1, 11))
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
    commit(orders, [(0, -1, 0, 0)], (0, 1, 0, 1, -1))
    orders.begin([0])
    assert orders.open_rows(np.array([0, -1]), np.array([0, 0]), [None]) == [(), ()]
    commit(orders, [(0, -1, 0, 0)], (0, 5, 2, 5, -1))  # the number may be used again
    assert order(orders, 0, 5) == [5]


def test_the_order_is_the_hash_tables_not_that_of_opening() -> None:
    orders = Orders()
    commit(orders, [(0, -1, 0, 0)], *((0, fd, 0, fd, -1) for fd in (1, 2, 14)))
    assert order(orders, 0, 1, 2, 14) == HashOrder([1, 2, 14]).keys != [1, 2, 14]


def test_a_copy_is_filled_in_the_order_of_the_other_table_as_it_was_then() -> None:
    orders = Orders()
    commit(orders, [(0, -1, 0, 0)], *((0, fd, 0, fd, -1) for fd in (1, 2, 14)))
    orders.begin([])
    copy = [(1, fd, 4, fd, -1) for fd in (1, 2, 14, 27)]
    commit(orders, [(1, 0, 1, 4)], (0, 27, 2, 27, -1), *copy, (0, 3, 6, 3, -1), (1, 40, 8, 40, -1))
    source = HashOrder([1, 2, 14, 27])
    expected = HashOrder(source.keys)
    assert expected.keys != [1, 2, 14, 27]
    then = orders.open_rows(np.array([1]), np.array([4]), [None, {fd: info(fd) for fd in (1, 2, 14, 27, 40)}])
    assert list(then[0]) == expected.keys
    expected.add(40, 40)
    assert order(orders, 1, 1, 2, 14, 27, 40) == expected.keys
