"""Captures made anew."""

from __future__ import annotations

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.redaction.policy import DEFAULT, KEEP, SUBJECTS, Policy
from pysysdig.redaction.stream import Batches, snapshot
from pysysdig.redaction.values import Values
from pysysdig.state.snapshot import FdEntry, ProcessEntry
from pysysdig.trace.rows import from_snapshot
from pysysdig.trace.values import dumps
from tests.redaction.planted import SECRETS, events, state

VALUES = Values(DEFAULT, b"k" * 32)
ALL = Values(Policy("all", dict.fromkeys(SUBJECTS, KEEP)), b"k" * 32)


def test_what_is_kept_is_the_same_byte_by_byte() -> None:
    given = batch(events())
    made = Batches(ALL, CURRENT).batch(given)
    containers = given.type == given.type[0]  # JSON is written anew
    for at in range(len(given)):
        if not containers[at]:
            start, end = (int(given.off[at]), int(made.off[at]))
            size = int(given.view("u4")[start + 16])
            assert given.buf[start : start + size].tobytes() == made.buf[end : end + size].tobytes()
    assert made.num.tolist() == given.num.tolist() and made.hidden is not None and given.hidden is not None
    assert made.hidden.tolist() == given.hidden.tolist()
    assert dumps(from_snapshot(snapshot(ALL, state()))) == dumps(from_snapshot(state()))


def test_nothing_of_the_state_is_forgotten() -> None:
    """Every attribute of the entries is either copied or treated: with marks in all texts none is left."""
    given = state()
    packed = dumps(from_snapshot(given))
    assert all(text.encode() in packed for text in SECRETS[:4])
    made = dumps(from_snapshot(snapshot(VALUES, given)))
    assert not [text for text in SECRETS if text.encode() in made]
    entry, new = given.processes[1], snapshot(VALUES, given).processes[1]
    for name in ProcessEntry.__slots__:
        value = getattr(entry, name)
        assert isinstance(value, (str, list)) or getattr(new, name) == value
    for name in FdEntry.__slots__:
        value = getattr(entry.fds[1], name)
        assert isinstance(value, (str, bytes)) or getattr(new.fds[1], name) == value


def test_absent_parameters_stay_absent() -> None:
    made = Batches(VALUES, CURRENT).batch(batch([event("SYSCALL_OPENAT_2_X", params=[3, -100, "/srv/x"])]))
    assert made.counts.tolist() == [3]


def test_what_stands_in_the_place_of_a_number_does_not_pass() -> None:
    """Damaged captures, and newer ones in which a parameter is a text now."""
    given = event("SYSCALL_OPENAT_2_X", params=[3, -100, "/srv/x", b"Zq9secretZq9", 0, 0, 0])
    made = Batches(VALUES, CURRENT).batch(batch([given]))
    assert b"secret" not in made.buf.tobytes() and made.counts.tolist() == [7]


def test_what_becomes_too_long_is_cut() -> None:
    hashing = Values(Policy("hash", {**DEFAULT.actions, "proc.args": "hash"}), b"k" * 32)
    args = [chr(ord("a") + n % 26) for n in range(20_000)]
    given = event("SYSCALL_EXECVE_19_X", params=[0, "/bin/x", args])
    made = Batches(hashing, CURRENT).batch(batch([given]))
    assert made.spans(int(made.type[0]), made.positions(int(made.type[0]))).length[2].tolist() == [0xFFFF]
