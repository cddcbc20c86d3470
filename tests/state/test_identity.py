"""Calls that change what a thread is: ids, capabilities, limits, who adopts its children, and threads whose id is reused.

Each is tried in both generations: with enter and exit events the arguments are in the enter event, else in the exit event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import build as st
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.rows import THREAD_NAMES
from pysysdig.state.snapshot import ProcessEntry
from pysysdig.state.threads import ThreadInfo

BOTH = pytest.mark.parametrize("generation", [OLD, CURRENT])
EPERM, UNCHANGED = -1, 0xFFFFFFFF
ALL_CAPS = (1 << 41) - 1
NEWUSER, NEWNET = 1 << 20, 1 << 24
THREAD_FLAG = 1 << 13
NOFILE, NPROC = 7, 6
SECOND = 1_000_000_000


def call(generation: str, name: str, tid: int, res: int, arguments: Sequence[Any], results: Sequence[Any] = ()) -> list[ev.Event]:
    """The event or events of a call: `results` are those that the exit event has in any case."""
    if generation == OLD:
        enter = ev.event(f"SYSCALL_{name}_E", SECOND, tid, arguments, generation=OLD)
        return [enter, ev.event(f"SYSCALL_{name}_X", SECOND, tid, [res, *results], generation=OLD)]
    return [ev.event(f"SYSCALL_{name}_X", SECOND, tid, [res, *results, *arguments])]


def threads(
    generation: str, before: Sequence[ProcessEntry], *events: Sequence[ev.Event], level: int = FD
) -> dict[int, ThreadInfo]:
    """The threads once everything has happened; events of one batch or, to the same end, of one each."""
    whole, parts = (Inspector(st.snapshot(*before), generation, level) for _ in range(2))
    flat = [e for part in events for e in part]
    whole.process(ev.batch(flat))
    for number, event in enumerate(flat, 1):
        parts.process(ev.batch([event], number))
    names = [name for name in THREAD_NAMES if name not in ("row", "where", "files")]

    def known(inspector: Inspector) -> dict[int, list[Any]]:
        return {tid: [getattr(t, name) for name in names] for tid, t in inspector.threads.current.items()}

    assert known(whole) == known(parts)
    return whole.threads.current


def clone(tid: int, ts: int, res: int, child: int, flags: int = 0, parent: int = 0, comm: str = "new") -> list[ev.Event]:
    """A clone seen in the parent (`tid`, res = child) or in the child (res = 0)."""
    own, its_parent = (tid, parent or 1) if res else (child, parent)
    values = [res, comm, b"", own, own, its_parent, "/", 1024, 0, 0, 1, 2, 3, comm, b"cpu=/\0", flags, 0, 0, own, own, 0]
    return [ev.event("SYSCALL_CLONE_20_X", ts, tid, values)]


def exit_(tid: int, reaper: int = 0) -> list[ev.Event]:
    return [ev.event("PROCEXIT_1_E", SECOND, tid, [0, 0, 0, 0, reaper])]


# ids


@BOTH
@pytest.mark.parametrize("level", [THREAD, FD])
@pytest.mark.parametrize(
    ("name", "arguments", "attribute", "want"),
    [
        ("SETUID", [33], "uid", 33),
        ("SETGID", [34], "gid", 34),
        ("SETRESUID", [1, 35, 3], "uid", 35),
        ("SETRESGID", [1, 36, 3], "gid", 36),
    ],
)
def test_ids(generation: str, level: int, name: str, arguments: list[int], attribute: str, want: int) -> None:
    before = [st.process(10, "su", uid=5, gid=6)]
    other = {"uid": 5, "gid": 6}
    done = threads(generation, before, call(generation, name, 10, 0, arguments), level=level)[10]
    assert {"uid": done.uid, "gid": done.gid} == other | {attribute: want}
    failed = threads(generation, before, call(generation, name, 10, EPERM, arguments), level=level)[10]
    assert {"uid": failed.uid, "gid": failed.gid} == other


@pytest.mark.parametrize(("name", "attribute"), [("SETRESUID", "uid"), ("SETRESGID", "gid")])
def test_an_effective_id_that_stays(name: str, attribute: str) -> None:
    """-1 = as before, in captures of enter and exit events."""
    done = threads(OLD, [st.process(10, "su", uid=5, gid=5)], call(OLD, name, 10, 0, [1, UNCHANGED, 3]))[10]
    assert getattr(done, attribute) == 5


@pytest.mark.parametrize(("name", "attribute"), [("SETREUID", "uid"), ("SETREGID", "gid")])
def test_real_and_effective_id(name: str, attribute: str) -> None:
    """Followed by the current libraries only."""
    event = [ev.event(f"SYSCALL_{name}_X", SECOND, 10, [0, 1, 37])]
    before = [st.process(10, "su", uid=5, gid=5)]
    assert getattr(threads(CURRENT, before, event)[10], attribute) == 37
    assert getattr(threads(OLD, before, event)[10], attribute) == 5


def test_the_exit_of_another_call_says_nothing() -> None:
    """Without its own enter event an exit has no arguments."""
    enter = ev.event("SYSCALL_SETGID_E", SECOND, 10, [33])
    late = ev.event("SYSCALL_SETUID_X", SECOND, 10, [0])
    done = threads(OLD, [st.process(10, "su", uid=5, gid=6)], [enter, late])[10]
    assert (done.uid, done.gid) == (5, 6)


# capabilities


@BOTH
def test_capset(generation: str) -> None:
    before = [st.process(10, "ping", cap_inheritable=1, cap_permitted=2, cap_effective=3)]
    done = threads(generation, before, call(generation, "CAPSET", 10, 0, [], [4, 5, 6]))[10]
    assert (done.cap_inheritable, done.cap_permitted, done.cap_effective) == (4, 5, 6)
    failed = threads(generation, before, call(generation, "CAPSET", 10, EPERM, [], [4, 5, 6]))[10]
    assert (failed.cap_inheritable, failed.cap_permitted, failed.cap_effective) == (1, 2, 3)


@BOTH
@pytest.mark.parametrize(("name", "lead"), [("UNSHARE", []), ("SETNS", [NEWUSER])])
def test_a_new_user_namespace_gives_every_capability(generation: str, name: str, lead: list[int]) -> None:
    """lead: a descriptor with the number of the flag, which must not be taken for it."""
    before = [st.process(10, "unshare", cap_effective=1)]

    def caps(res: int, flags: int) -> set[int]:
        t = threads(generation, before, call(generation, name, 10, res, [*lead, flags]))[10]
        return {t.cap_inheritable, t.cap_permitted, t.cap_effective}

    assert caps(0, NEWUSER | NEWNET) == {ALL_CAPS}
    assert caps(0, NEWNET) == caps(EPERM, NEWUSER) == {0, 1}


# limits


@BOTH
@pytest.mark.parametrize("name", ["SETRLIMIT", "GETRLIMIT"])
@pytest.mark.parametrize("caller", [10, 11])
def test_descriptor_limit_of_the_process(generation: str, name: str, caller: int) -> None:
    """Whichever thread asks, the leader has it."""
    before = [st.process(10, "sh"), st.process(11, "sh", pid=10, flags=THREAD_FLAG | 1)]

    def limit(res: int, resource: int, value: int) -> int:
        return threads(generation, before, call(generation, name, caller, res, [resource], [value, 4096]))[10].fdlimit

    assert limit(0, NOFILE, 2048) == 2048
    assert limit(0, NPROC, 2048) == limit(EPERM, NOFILE, 2048) == limit(0, NOFILE, -1) == 1024


@pytest.mark.parametrize(("target", "changed"), [(0, 10), (10, 10), (20, 20), (99, None)])
def test_prlimit_of_any_process(target: int, changed: int | None) -> None:
    before = [st.process(10, "sh"), st.process(20, "cat")]

    def limits(generation: str, res: int, resource: int, value: int) -> dict[int, int]:
        events = call(generation, "PRLIMIT", 10, res, [target, resource], [value, 4096, 1, 1])
        return {tid: t.fdlimit for tid, t in threads(generation, before, events).items()}

    for generation in (OLD, CURRENT):
        as_before = {10: 1024, 20: 1024}
        assert limits(generation, 0, NOFILE, 2048) == as_before | ({changed: 2048} if changed else {})
        for other in ((EPERM, NOFILE, 2048), (0, NPROC, 2048), (0, NOFILE, -1)):
            assert limits(generation, *other) == as_before


# children


@BOTH
@pytest.mark.parametrize(
    ("option", "value", "heir"),
    [(36, 1, 10), (37, 1, 10), (36, 0, 1), (37, 0, 1), (15, 1, 1)],  # set, get subreaper; set name
)
def test_who_adopts_orphans(generation: str, option: int, value: int, heir: int) -> None:
    """1 is init, 10 calls prctl; 20 ends, the child of 10, and leaves 30."""
    before = [st.process(1, "init", ptid=0), st.process(10, "sh"), st.process(20, "sh", ptid=10), st.process(30, "cat", ptid=20)]
    events = call(generation, "PRCTL", 10, 0, [], [option, "", value])
    assert threads(generation, before, events, exit_(20))[30].ptid == heir
    assert threads(generation, before, call(generation, "PRCTL", 10, EPERM, [], [option, "", value]), exit_(20))[30].ptid == 1


def test_a_subreaper_that_stops_being_one() -> None:
    before = [st.process(1, "init", ptid=0), st.process(10, "sh"), st.process(20, "sh", ptid=10), st.process(30, "cat", ptid=20)]
    on, off = (call(CURRENT, "PRCTL", 10, 0, [], [36, "", value]) for value in (1, 0))
    assert threads(CURRENT, before, on, off, exit_(20))[30].ptid == 1


def test_the_kernel_names_the_heir() -> None:
    before = [st.process(1, "init", ptid=0), st.process(5, "systemd"), st.process(20, "sh"), st.process(30, "cat", ptid=20)]
    assert threads(CURRENT, before, exit_(20, reaper=5))[30].ptid == 5
    assert threads(CURRENT, before, exit_(20))[30].ptid == 1


def test_the_heir_adopts_from_then_on() -> None:
    """Who was named once is asked again where the kernel does not say (another parent of its descent ends)."""
    before = [
        st.process(1, "init", ptid=0), st.process(5, "systemd"), st.process(20, "sh", ptid=5), st.process(30, "cat", ptid=20),
        st.process(40, "sh", ptid=5), st.process(50, "cat", ptid=40),
    ]  # fmt: skip
    assert threads(CURRENT, before, exit_(40))[50].ptid == 1
    assert threads(CURRENT, before, exit_(20, reaper=5), exit_(40))[50].ptid == 5


def test_another_thread_of_the_process_comes_first() -> None:
    before = [
        st.process(1, "init", ptid=0), st.process(20, "sh"), st.process(21, "sh", pid=20, flags=THREAD_FLAG | 1),
        st.process(30, "cat", ptid=20),
    ]  # fmt: skip
    assert threads(CURRENT, before, exit_(20))[30].ptid == 21


def test_orphans_stay_in_their_pid_namespace() -> None:
    """The search for an heir ends at its border; nobody is known then."""
    inner: dict[str, Any] = {"vtid": 2, "vpid": 2}
    before = [
        st.process(1, "init", ptid=0), st.process(10, "runc"), st.process(20, "sh", ptid=10, **inner),
        st.process(30, "cat", ptid=20, vtid=3, vpid=3),
    ]  # fmt: skip
    assert threads(CURRENT, before, exit_(20))[30].ptid == 0


# ids that come again


@pytest.mark.parametrize(("later", "comm"), [(2 * SECOND - 1, "first"), (2 * SECOND, "second")])
def test_a_childs_own_event_within_two_seconds_is_about_the_same_child(later: int, comm: str) -> None:
    """After that the id has a new owner, whose birth was not seen."""
    before = [st.process(1, "init", ptid=0), st.process(10, "sh")]
    born = clone(10, SECOND, 20, 20, comm="first")
    again = clone(20, SECOND + later, 0, 20, parent=10, comm="second")
    assert threads(CURRENT, before, born, again)[20].comm == comm


@BOTH
def test_an_id_that_goes_on_after_its_thread_ended(generation: str) -> None:
    """Its next event is that of somebody unknown, also if both come at once."""
    before = [st.process(1, "init", ptid=0), st.process(20, "sh")]
    after = [
        ev.event("SYSCALL_GETUID_X" if generation == CURRENT else "SYSCALL_GETUID_E", SECOND, 20, [0] * (generation == CURRENT))
    ]
    known = threads(generation, before, exit_(20), after)
    assert (known[20].comm, known[20].pid) == ("<NA>", -1)
    assert 20 not in threads(generation, before, exit_(20))
