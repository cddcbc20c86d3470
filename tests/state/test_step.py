"""The native step leaves the same rows, versions, logs and tables behind as the handlers in Python, batch by batch."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.events import build as ev
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD, SIGNED, SIZES, TYPES, load
from pysysdig.scap.reader import open_capture
from pysysdig.sources.convert import Converter
from pysysdig.speed import native
from pysysdig.state import build as machine
from pysysdig.state import fdnumbers, timeline, view
from pysysdig.state.history import BY_PROCESS, FAULTS, MEMORY
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS, FD, ORDERS, THREAD
from pysysdig.state.registry import EVENTS
from pysysdig.state.rows import FD_NAMES, GROUP_NAMES, THREAD_NAMES
from pysysdig.state.snapshot import Snapshot

pytestmark = pytest.mark.skipif(native is None, reason="the native extension is not here")
ROOT = Path(__file__).resolve().parents[2]
CAPTURES = sorted(ROOT.glob("captures/*.scap")) + sorted((ROOT.parent / "shared" / "captures").glob("*.scap"))


def attributes(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def left_behind(inspector: Inspector, threads: int, fds: int) -> dict[str, Any]:
    """What a batch has left behind, as far as later batches or views can see it; rows from these numbers on."""
    i = inspector
    return {
        "threads": [attributes(t, THREAD_NAMES) for t in i.threads.rows[threads:]],
        "fds": [attributes(f, FD_NAMES) for f in i.fds.rows[fds:]],
        "current": {tid: t.row for tid, t in i.threads.current.items()},
        "tables": [t and {fd: f.row for fd, f in t.items()} for t in i.fds.tables],
        "groups": {
            pid: (*attributes(g, GROUP_NAMES[::2]), list(g.members)) for pid, g in i.groups.items()
        },
        "children": {tid: list(children) for tid, children in i.children.items()},
        "closing": i.closing,
        "survivors": i.survivors,
        "free": i.fds._free_tables,
        "carried": i.carried,
        "containers": [c.id for c in i.containers.all_at(1 << 62)],
        "born": i.threads.born,
        "ended": i.ended,
        "touched": [t.row for t in i.threads.changed()] + [f.row for f in i.fds.changed()],
        "numbers": i.numbers.tolist() if i.with_fds else None,
        "chosen": i.chosen.tolist() if i.with_fds else None,
    }  # fmt: skip


class Logs:
    """Keeps the logs of changes that an Inspector's tables hand out."""

    def __init__(self, inspector: Inspector) -> None:
        self.kept: list[Any] = []
        inspector.threads.recorder = lambda log: self.kept.append([column.tolist() for column in log])
        inspector.fds.recorder = lambda log, gone: self.kept.append([*(column.tolist() for column in log), list(gone)])


def assert_alike(
    snapshot: Snapshot, generation: str, level: int, pairs: Iterable[tuple[EventBatch, EventBatch]]
) -> tuple[int, int]:
    """Both ways through the same batches; how many rows of threads and descriptors there were."""
    pure, fast = Inspector(snapshot, generation, level), Inspector(snapshot, generation, level)
    assert fast._native is not None
    pure._native = None
    logs = Logs(pure), Logs(fast)
    for first, second in pairs:
        threads, fds = len(pure.threads.rows), len(pure.fds.rows)
        with ExitStack() as twins:
            for module in (fdnumbers, timeline, view):
                twins.enter_context(patch.object(module, "native", None))
            plain = pure.process(first)
            columns = [plain.thread, *((plain.fd, plain.fdnum, plain.fd_events, plain.fd_shown) if level >= FD else ())]
        views = plain, fast.process(second)
        expected, got = left_behind(pure, threads, fds), left_behind(fast, threads, fds)
        for what, value in expected.items():
            assert got[what] == value, what
        assert logs[0].kept == logs[1].kept
        logs[0].kept.clear()
        logs[1].kept.clear()
        assert str(first.damage) == str(second.damage)
        for name, column in zip(("thread", "fd", "fdnum", "fd_events", "fd_shown"), columns):
            np.testing.assert_array_equal(column, getattr(views[1], name), err_msg=name)
        if level >= FD:
            np.testing.assert_array_equal(views[0].name_changed, views[1].name_changed)
        every = np.arange(len(first))
        for name in (*MEMORY, *FAULTS, *BY_PROCESS, "fdopencount") if level >= COUNTERS else ():
            counters = [each.counter(name, every) for each in views]
            np.testing.assert_array_equal(counters[0].values, counters[1].values)
            np.testing.assert_array_equal(counters[0].present(), counters[1].present())
        if level >= ORDERS:
            some = every[:: max(len(every) // 50, 1)]
            assert views[0].open_fds(some) == views[1].open_fds(some)
    return len(pure.threads.rows), len(pure.fds.rows)


def in_parts(batch: EventBatch, rng: random.Random) -> Iterator[EventBatch]:
    at = 0
    while at < len(batch):
        size = rng.choice((1, 7, 100, 1000, 20000))
        yield batch.subset(np.arange(at, min(at + size, len(batch))))
        at += size


@pytest.mark.parametrize("level", [ORDERS, FD, THREAD])
@pytest.mark.parametrize("convert", [False, True], ids=["as recorded", "converted"])
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_captures(path: Path, convert: bool, level: int) -> None:
    rng = random.Random(path.name)
    with open_capture(str(path)) as capture:
        for section in capture.sections():
            generation = CURRENT if convert else section.generation
            section.snapshot.live = convert  # as rules see the running machine
            converters = Converter(), Converter()

            def both(section: Any = section, converters: Any = converters) -> Iterator[tuple[EventBatch, EventBatch]]:
                for whole in section.batches():
                    for part in in_parts(whole, rng):
                        twin = part.subset(np.arange(len(part)))
                        if convert:
                            yield converters[0].convert(part), converters[1].convert(twin)
                        else:
                            yield part, twin

            threads, _ = assert_alike(section.snapshot, generation, level, both())
            assert threads


TIDS = (10, 11, 20, 21, 30)
NUMBERS = {
    "PID": (*TIDS, 0, 1, -1, -2), "FD": (0, 1, 2, 3, 4, 5, 70, -1, -2, -100, 1 << 20, 1_000_000),
    "ERRNO": (0, 0, 0, 3, 4, -2, -115),
    "UINT64": (0, 1, 1 << 63), "INT64": (1024, -1), "FLAGS8": (0, 1, 26), "ENUMFLAGS8": (0, 1, 3, 7, 26), "UINT32": (0, 1, 2, 17),
    "FLAGS32": (0, 1, 1024, 4096, 1 << 13, 1 << 8, 1 << 29, (1 << 13) | 1, 16384), "ENUMFLAGS32": (1, 2, 10, 16),
    "FLAGS16": (0, 1),
}  # fmt: skip
TEXTS = ("", "sh", "/tmp/a", "a/../b", "./x", "..", "/tmp//b/", "<NA>", "t\xe9", "a\x01b", "/" + 600 * "d/", "dir/")
CGROUPS = (b"cpu=/\0", b"cpu=/docker/" + b"a1" * 32 + b"\0memory=/\0", b"cpu=/mesos/12345678-1234-1234-1234-123456789012\0", b"")
ADDRESSES = ("/run/s", ("127.0.0.1", 80), ("::1", 80), ("::ffff:10.0.0.1", 443), ("0.0.0.0", 0))
TUPLES = (
    ("127.0.0.1", 4000, "127.0.0.1", 80), ("127.0.0.1", 80, "127.0.0.1", 4000), ("::1", 4000, "::1", 80), (1, 2, "/run/s"),
    ("::ffff:10.0.0.1", 4000, "::ffff:10.0.0.2", 80), ("0.0.0.0", 0, "10.0.0.2", 53), ("::", 0, "fe80::1", 53),
)  # fmt: skip
EXITS = tuple(
    sorted(
        {name for name, t in TYPES.items() if t in EVENTS and EVENTS[t].native}
        | {"SYSCALL_PRCTL_X", "SYSCALL_PRLIMIT_E", "SYSCALL_EXECVE_19_E"}
    )
)


def a_value(rng: random.Random, type_name: str, name: str) -> Any:
    if name == "cgroups":
        return rng.choice(CGROUPS)
    if type_name in ev.TEXTS:
        return rng.choice(TEXTS)
    if type_name == "BYTEBUF":
        return rng.choice((b"", b"a\0", b"-c\0x y\0\0", b"\xe9\0b", b"abc"))
    if type_name == "SOCKADDR":
        return rng.choice(ADDRESSES)
    if type_name == "SOCKTUPLE":
        return rng.choice(TUPLES)
    size = SIZES.get(type_name)
    if size is None:
        return b""
    value = rng.choice(NUMBERS.get(type_name, (0, 1, 5)))
    if type_name in SIGNED:
        return value
    return value & ((1 << 8 * size) - 1)


def a_call(rng: random.Random) -> list[tuple[str, int, list[Any]]]:
    """An enter event and its exit, or one of them, with likely and unlikely parameters."""
    name = rng.choice(EXITS)
    tid = rng.choice(TIDS)
    out = []
    names = [name] if name.endswith("_E") else [f"{name[:-1]}E", name]
    for each in names:
        if len(names) == 2 and rng.randrange(10) == 0:
            continue
        params = load(CURRENT)[TYPES[each]].params
        values = [a_value(rng, p.type, p.name) for p in params]
        odd = rng.randrange(20)
        if odd == 0 and values:
            values[rng.randrange(len(values))] = None
        elif odd == 1:
            values = values[: rng.randint(0, len(values))]
        elif odd == 2 and values:
            values[rng.randrange(len(values))] = rng.randbytes(rng.randint(0, 12))
        out.append((each, tid if rng.randrange(10) else rng.choice((-1, 77, 1 << 40)), values))
    return out


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 1 << 40), st.integers(1, 40), st.sampled_from([OLD, CURRENT]), st.integers(1, 4), st.integers(0, 4),
    st.sampled_from([ORDERS, FD, THREAD]),
)  # fmt: skip
def test_any_events(seed: int, calls: int, generation: str, parts: int, damages: int, level: int) -> None:
    assert_alike_on_any(random.Random(seed), calls, generation, parts, damages, level)


def assert_alike_on_any(rng: random.Random, calls: int, generation: str, parts: int, damages: int, level: int) -> int:
    """Events of random calls in so many batches, in each of which so many bytes of parameters are changed; how many events."""
    named = [each for _ in range(calls) for each in a_call(rng)]
    damage = [(rng.randrange(1 << 20), rng.randrange(256)) for _ in range(damages)]
    events = [ev.event(name, 1_000 * (i + 1), tid, params) for i, (name, tid, params) in enumerate(named)]
    if not events:
        return 0
    before = machine.snapshot(
        machine.process(10, "a", fds=[machine.fd(0, "/dev/null"), machine.fd(3, "/tmp/dir"), machine.fd(4, "/t\xe9")]),
        machine.process(11, "a", pid=10),
        machine.process(20, "b", ptid=10, cwd="/t\xe9", root="/jail"),
        interfaces=[machine.interface("lo", "127.0.0.1", 8)],
    )
    converters = Converter(), Converter()

    def both() -> Iterator[tuple[EventBatch, EventBatch]]:
        for part in np.array_split(np.arange(len(events)), parts):
            pair = []
            for converter in converters:
                batch = ev.batch([events[i] for i in part])
                if len(batch):  # what parameters say and how long they are may be anything, where events are was checked
                    buf = batch.buf.copy()
                    sizes = [len(events[i].data) for i in part]
                    inside = [at for off, size in zip(batch.off.tolist(), sizes) for at in range(off + 22, off + size)]
                    for at, value in damage:
                        buf[inside[at % len(inside)]] = value
                    batch = EventBatch(buf, batch.off, batch.num, batch.cpu, name="test")
                pair.append(converter.convert(batch) if generation == CURRENT else batch)
            yield pair[0], pair[1]

    assert_alike(before, generation, level, both())
    return len(events)


METHODS = {"codes", "copy", "numbered", "numbers", "recall", "settle", "used"}


def test_rows_have_the_same_attributes() -> None:
    """Native rows and those in Python."""
    assert native is not None
    for row, names in ((native.ThreadRow, THREAD_NAMES), (native.FdRow, FD_NAMES), (native.GroupRow, GROUP_NAMES)):
        assert {n for n in vars(row) if not n.startswith("_")} - METHODS == set(names)


def test_every_handler_has_its_events() -> None:
    """Native code has no handler that nobody calls."""
    assert native is not None
    assert set(native.STEP_OPS) == {event.native for event in EVENTS.values() if event.native} | {"kept_enter"}
