"""The order of descriptors in the reference's hash table."""

from pysysdig.state.fdorder import HashOrder


def test_newest_bucket_first() -> None:
    order = HashOrder([0, 1, 2])
    assert order.keys == [2, 1, 0]
    order.add(13)  # same bucket as 0: in front of it
    assert order.keys == [2, 1, 13, 0]
    order.remove(1)
    order.remove(7)
    order.add(1)
    assert order.keys == [1, 2, 13, 0]


def test_growth_reverses() -> None:
    order = HashOrder(range(13))
    assert order.keys == list(range(12, -1, -1))
    order.add(13)
    assert order.keys == [13, *range(13)]
    again = order.copy()
    again.add(14)
    assert len(order.keys) == 14 and again.keys[0] == 14
