"""Which event types a rule is tried on."""

from __future__ import annotations

from tests.rules.tried import matches, rule


def test_generic_calls_stand_together() -> None:
    """As in the reference: to rule out one of them by name is to rule out all."""
    every = [p for p, _ in matches([rule("a", "evt.num > 0")])]
    assert every == [1, 2, 3, 4, 5]
    assert [p for p, _ in matches([rule("a", "not evt.type=acct")])] == [1, 2, 3, 5]
    assert matches([rule("a", "evt.num = 0")]) == []
