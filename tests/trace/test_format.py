"""Frames and columns: what is written is read back, and damage is told from data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, SIZES, load
from pysysdig.replay import replay
from pysysdig.scap.reader import open_capture
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.raw import BatchParams
from pysysdig.state.table import named
from pysysdig.state.tables import Threads
from pysysdig.state.tap import Tap
from pysysdig.state.threads import ThreadInfo
from pysysdig.trace import columns, frames, rows
from pysysdig.trace.arrays import Column, pack, pack_coded
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.writer import TraceWriter
from tests.conftest import Call

WHERE = ("x", 0)
CAPTURES = sorted(path.name for path in (Path(__file__).parents[2] / "captures").glob("*.scap"))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=40), st.booleans())
def test_integers(items: list[int], delta: bool) -> None:
    values = np.array(items, np.int64)
    blobs = frames.Blobs()
    spec = frames.loads(frames.dumps(pack(values, blobs, delta)))
    assert Column(spec, len(items), "i8", memoryview(blobs.body()), WHERE).values().tolist() == items


@QUICK
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3), max_size=40), st.booleans())
def test_different_integers(items: list[int], coded: bool) -> None:
    values = np.array(items, np.int64)
    blobs = frames.Blobs()
    spec = frames.loads(frames.dumps((pack_coded if coded else pack)(values, blobs)))
    column = Column(spec, len(items), "i8", memoryview(blobs.body()), WHERE)
    assert column.values().tolist() == items
    found, index = column.coded()
    assert found[index].tolist() == items
    assert np.all(np.diff(found) != 0)


PARAMETERS = {
    "SYSCALL_OPENAT_2_X": st.tuples(st.integers(-9, 9), st.just(-100), st.text("ab/.", max_size=30), st.integers(0, 9)),
    "SYSCALL_WRITE_X": st.tuples(st.integers(-9, 99), st.binary(max_size=80)),
    "SYSCALL_READ_E": st.tuples(st.integers(0, 9), st.integers(0, 1 << 31)),
    "SYSCALL_CLOSE_E": st.tuples(st.integers(0, 9)),
    "SYSCALL_CLOSE_X": st.just((0,)),
    "CONTAINER_JSON_2_E": st.tuples(st.text("{}ab", max_size=400)),
    "SYSCALL_GETDENTS_X": st.just(()),
}
EVENTS = st.lists(
    st.one_of([st.tuples(st.just(name), values, st.integers(0, 1 << 62), st.integers(-1, 5), st.integers(0, 3), st.booleans())
               for name, values in PARAMETERS.items()]),
    min_size=1,
    max_size=120,
)  # fmt: skip


def _made(items: list) -> EventBatch:  # type: ignore[type-arg]
    return batch([event(name, ts, tid, params, cpu=cpu, hidden=hidden) for name, params, ts, tid, cpu, hidden in items])


def _packed(events: EventBatch) -> tuple[dict[str, Any], bytes]:
    """(directory, body)."""
    blobs = frames.Blobs()
    return columns.encode(events, blobs), blobs.body()


def _again(given_: EventBatch) -> TraceBatch:
    directory, body = _packed(given_)
    return TraceBatch(frames.loads(frames.dumps(directory)), len(given_), memoryview(body), "x", 0)


def _same(a: EventBatch, b: EventBatch) -> None:
    some = np.arange(0, len(a), 9)
    assert b.type_of(some).tolist() == a.type[some].tolist()
    assert b.num_of(some).tolist() == a.num[some].tolist()
    for table in (np.arange(1 << 16) % 3, np.arange(1 << 16) == int(a.type[-1])):
        assert b.by_type(table.astype(np.uint8)).tolist() == table[a.type].tolist()
    for name in ("ts", "tid", "type", "cpu", "num"):
        assert getattr(a, name).tolist() == getattr(b, name).tolist(), name
    hidden = [x.hidden.tolist() if x.hidden is not None else [False] * len(x) for x in (a, b)]
    assert hidden[0] == hidden[1]
    for kind in a.types():
        pos = a.positions(kind)
        for index, param in enumerate(load(CURRENT)[kind].params):
            for name in {param.type, "INT64", "UINT32"} & SIZES.keys():  # by itself, without spans
                mine, good = a.number(kind, index, name, pos)
                other, valid = b.number(kind, index, name, pos)
                assert good.tolist() == valid.tolist()
                assert mine[good].tolist() == other[good].tolist()
        one, two = a.spans(kind, pos), b.spans(kind, pos)
        assert one.length.tolist() == two.length.tolist()
        for i in range(len(one.length)):
            assert a.raw(one, i) == b.raw(two, i)
    assert a.counts.tolist() == b.counts.tolist()
    for p, q in zip(map(BatchParams(a).__getitem__, range(len(a))), map(BatchParams(b).__getitem__, range(len(b)))):
        assert (p.type, [p.data(i) for i in range(p.n)]) == (q.type, [q.data(i) for i in range(q.n)])
    for x, y in zip(a.off.tolist(), b.off.tolist()):
        size = int(a.view("u4")[x + 16])
        assert bytes(a.buf[x : x + size]) == bytes(b.buf[y : y + size])


@QUICK
@given(EVENTS, st.sampled_from([0, 2, 1000]))
def test_any_batch_is_read_back(items: list, rare: int) -> None:  # type: ignore[type-arg]
    old, columns.RARE = columns.RARE, rare
    try:
        _same(_made(items), _again(_made(items)))
    finally:
        columns.RARE = old


def test_parameters_in_any_order() -> None:
    items = [("SYSCALL_READ_E", (fd, 100 * fd), fd, 1, 0, False) for fd in range(20)]
    again = _again(_made(items))
    kind, pos = int(again.type[0]), np.arange(20)[::-1].copy()
    assert again.numbers(kind, 1, pos)[0].tolist() == [100 * fd for fd in pos.tolist()]
    assert again.fixed(again.spans(kind, pos), 1, "UINT32")[0].tolist() == [100 * fd for fd in pos.tolist()]


def _file(path: Path) -> list[int]:
    """A small file of several frames; returns where they end."""
    state = snapshot(process(42, "cat"), process(43, "dog"))
    inspector = Inspector(state, "libs_0_15_1")
    ends = []
    with path.open("wb", buffering=0) as f:
        writer = TraceWriter(f)
        writer.begin(state, "libs_0_15_1", tap=Tap(inspector), context=ContextLog())
        for k in range(4):
            events = [
                event("SYSCALL_OPENAT_2_X", 1000 * k + i + 1, 42 + i % 2, [3, -100, f"/etc/{i}", 1, 0, 0, 0]) for i in range(40)
            ]
            made = batch(events)
            made.num = made.num + 40 * k
            writer.write(inspector.process(made), np.arange(40))
            ends.append(writer.size)
        writer.finish()
    return ends


def _read(path: Path) -> tuple[list[tuple[int, str]], CaptureError | None]:
    """(number and name of what was opened) of all events before the first error, and that."""
    out: list[tuple[int, str]] = []
    try:
        with open_any(str(path)) as stream:
            for section in stream.sections():
                playback = section.playback()
                for b in section.batches():
                    view = playback.process(b)
                    names = view.fds.text(view.fd, named("name")).tolist()
                    names = [f"{a} {t}" for a, t in zip(names, view.threads.text(view.thread, named("comm")).tolist())]
                    b.off  # noqa: B018 - everything is unpacked
                    out += zip(b.num.tolist(), names)
    except CaptureError as e:
        return out, e
    return out, None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int], list[tuple[int, str]]]:
    path = tmp_path_factory.mktemp("trace") / "a.pscap"
    ends = _file(path)
    whole, error = _read(path)
    assert error is None and len(whole) == 160 and whole[0] == (1, "/etc/0 cat")
    return path, ends, whole


@QUICK
@given(st.data())
def test_any_cut(made: tuple, tmp_path: Path, data: st.DataObject) -> None:  # type: ignore[type-arg]
    path, ends, whole = made
    raw = path.read_bytes()
    at = data.draw(st.integers(1, len(raw) - 1))
    cut = tmp_path / "cut.pscap"
    cut.write_bytes(raw[:at])
    got, error = _read(cut)
    assert got == whole[: 40 * sum(end <= at for end in ends)]
    assert error is not None or at >= ends[0] - 1 or not got


@QUICK
@given(st.data())
def test_any_flipped_bit(made: tuple, tmp_path: Path, data: st.DataObject) -> None:  # type: ignore[type-arg]
    path, ends, whole = made
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    bad = tmp_path / "bad.pscap"
    bad.write_bytes(raw)
    got, error = _read(bad)
    intact = 40 * sum(end <= at for end in ends)
    assert got[:intact] == whole[:intact]
    assert error is not None or got == whole


@QUICK
@given(
    st.recursive(st.none() | st.integers() | st.binary(max_size=9) | st.text(max_size=5), lambda x: st.lists(x, max_size=4)),
    st.data(),
)
def test_hostile_directories(value: object, data: st.DataObject) -> None:
    """A good checksum proves nothing: whatever a directory says, there is an answer or a CaptureError."""
    directory, body = _packed(
        batch([event("SYSCALL_CLOSE_E", 5, 1, [k]) for k in range(30)] + [event("SYSCALL_READ_E", 6, 1, [3, 9])])
    )
    key = data.draw(st.sampled_from(sorted(directory)))
    directory[key] = value
    try:
        got = TraceBatch(directory, 31, memoryview(body), "x", 0)
        for name in ("off", "cpu", "num", "hidden", "ts", "tid", "counts"):
            getattr(got, name)
    except CaptureError:
        pass


def test_hostile_rows() -> None:
    data = _values({"comm": ["cat", "dog"], "exe": ["sh"], "args": [["a"], [1]], "pid": [1, 2, 3], "what": [1, 2]})
    table = Threads()
    for _ in range(7):
        table.add(ThreadInfo(0))
    cat, dog = (table.rows[row] for row in rows.threads(data, 2, table, ("x.pscap", 99)))
    assert (cat.comm, cat.exe, cat.row, dog.comm, dog.exe, dog.row) == ("cat", "sh", 7, "dog", "sh", 8)
    assert dog.cwd == ThreadInfo(0).cwd
    for name in ("args", "pid"):
        with pytest.raises(CaptureError, match="state that makes no sense") as caught:
            getattr(cat, name)
        assert (caught.value.name, caught.value.offset) == ("x.pscap", 99)
    assert not hasattr(cat, "what")
    for wrong in (-1, "2"):
        with pytest.raises(ValueError):
            rows.threads(data, wrong, Threads(), ("x.pscap", 99))  # type: ignore[arg-type]


def _values(given: Any) -> frames.Values:
    return frames.Values(frames.dumps(given), "x.pscap", 99)


@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.integers(-9, 9) | st.text() | st.lists(st.text())), max_size=5),
    st.data(),
)
def test_values_of_a_map_are_decoded_one_by_one(given: dict[str, list[Any]], data: st.DataObject) -> None:
    packed = frames.dumps(given)
    values = frames.Values(packed)
    assert {name: values.get(name) for name in given} == given
    assert values.get("none of them") is None
    damaged = bytearray(packed)
    damaged[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    for wrong in (packed[:-1], packed + b"\x00", bytes(damaged)):
        try:
            whole = frames.loads(wrong)
        except CaptureError:
            whole = None
        try:
            values = frames.Values(wrong)
            one_by_one = {name: values.get(name) for name in whole or given}
        except CaptureError:
            assert not isinstance(whole, dict)
        else:
            assert not isinstance(whole, dict) or one_by_one == whole


def test_values_that_are_too_many() -> None:
    """Together they may have as many lists as one blob may."""
    lists = frames.MAX_CONTAINERS // 2 + 1
    values = _values({"a": [[]] * lists, "b": [[]] * lists})
    assert values.get("a") == [[]] * lists
    with pytest.raises(CaptureError, match="not msgpack"):
        values.get("b")
    with pytest.raises(CaptureError, match="not msgpack"):
        _values([1])


def test_newer_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.pscap"
    path.write_bytes(frames.encode(frames.HEADER, {"format": 99}, b""))
    with pytest.raises(CaptureError, match="a newer pysysdig is needed"):
        open_any(str(path))


@pytest.fixture(scope="module")
def example(root: Path) -> Callable[[Path], list[str]]:
    """Runs the reader that docs/trace-format.md shows; the lines it prints."""
    code = re.search(r"```python\n(.*?)```", (root / "docs/trace-format.md").read_text(), re.S)
    assert code is not None

    def run(path: Path) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code[1], str(path)], capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return run


def test_the_example_of_the_manual(made: tuple, example: Callable[[Path], list[str]]) -> None:  # type: ignore[type-arg]
    got = example(made[0])
    assert len(got) == 160 and got[0] == "1 1 42 307" and got[-1].startswith("160 3040 43")


@pytest.mark.parametrize("name", CAPTURES)
def test_the_example_reads_every_capture(
    name: str, root: Path, tmp_path: Path, example: Callable[[Path], list[str]], call_cli: Call
) -> None:
    source, target, some = root / "captures" / name, tmp_path / "all.pscap", tmp_path / "some.pscap"
    assert call_cli("-r", source, "-w", target).returncode == call_cli("-r", source, "-w", some, "proc.pid>0").returncode == 0
    with open_capture(str(source)) as capture:
        wanted = [
            f"{num} {ts} {tid} {type_}"
            for b in capture.batches()
            for num, ts, tid, type_ in zip(b.num.tolist(), b.ts.tolist(), b.tid.tolist(), b.type.tolist())
        ]
    assert example(target) == wanted
    assert set(example(some)) <= set(wanted)


def test_captures_come_back(root: Path, tmp_path: Path) -> None:
    with open_capture(str(root / "captures/demo.scap")) as capture:
        for b in capture.batches():
            _same(b, _again(b))


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("text", ["", "proc.name exists"])
def test_what_few_events_see_is_what_all_see(ours: bool, text: str, root: Path, tmp_path: Path) -> None:
    path = str(root / "captures/demo.scap")
    if ours:
        path, source = str(tmp_path / "a.pscap"), path
        subprocess.run([sys.executable, "-m", "pysysdig", "-r", source, "-w", path], cwd=root, check=True)
    seen = 0
    with open_any(path) as capture:
        for view, _ in replay(capture.sections(), text, level=FD):
            for first in range(40):
                sel = np.arange(first, len(view), 40)
                few: tuple[npt.NDArray[Any], ...] = (
                    view.thread_at(sel),
                    view.main_at(sel),
                    view.batch.type_of(sel),
                    view.batch.num_of(sel),
                )
                every: tuple[npt.NDArray[Any], ...] = view.thread[sel], view.main[sel], view.batch.type[sel], view.batch.num[sel]
                assert all(a.tolist() == b.tolist() for a, b in zip(few, every))
                for name in ("thread", "main"):  # they are not worked out again if they are there
                    view.__dict__.pop(name, None)
                seen += len(set(few[0].tolist()))
    assert seen > 100


def test_info_of_a_trace_from_a_pipe(root: Path, tmp_path: Path) -> None:
    trace = tmp_path / "a.pscap"
    command = [sys.executable, "-m", "pysysdig"]
    subprocess.run([*command, "-r", root / "captures/demo.scap", "-w", trace], cwd=root, check=True)
    plain = json.loads(subprocess.run([*command, "-j", "--info", trace], cwd=root, check=True, capture_output=True).stdout)
    with trace.open("rb") as f:
        piped = subprocess.run(
            f"cat | {sys.executable} -m pysysdig -j --info -", shell=True, cwd=root, stdin=f, capture_output=True
        )
    facts = json.loads(piped.stdout)
    assert sum(plain["parts"].values()) == trace.stat().st_size
    assert facts == plain | {"file": "-", "size": 0, "bytes_per_event": 0}


def test_info_says_what_is_not_known(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name is to fit into the line
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTHONPATH", str(root))
    demo = root / "captures/demo.scap"
    odd = Path("[red]odd[bold].scap")
    odd.write_bytes(demo.read_bytes())
    command = [sys.executable, "-m", "pysysdig", "--info"]
    text = subprocess.run([*command, odd], check=True, capture_output=True, text=True).stdout
    assert text.splitlines()[0].rstrip() == str(odd)
    assert [re.sub(r"[^\w ]+", " ", line).split() for line in text.splitlines() if "not recorded" in line] == [
        ["host", "not", "recorded"],
        ["lost", "not", "recorded"],
    ]
    piped = subprocess.run([*command, "-"], check=True, capture_output=True, input=demo.read_bytes()).stdout.decode()
    assert piped.startswith("standard input") and "unknown" in piped.splitlines()[3]
