"""Frames that cannot match are passed over: nothing is lost by it, and they are not even read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.replay import replay
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import COUNTERS, FD
from pysysdig.state.table import named
from pysysdig.trace import frames
from pysysdig.trace.reader import TraceSection, TraceStream

FRAME = 128  # events
Row = tuple[int, str | None, str | None]


@pytest.fixture(scope="module")
def many(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """demo.scap in small frames: with state, filtered, and twice in one file (without an index that fits)."""
    from pysysdig.cli.main import main

    folder = tmp_path_factory.mktemp("many")
    out = {name: folder / f"{name}.pscap" for name in ("complete", "filtered", "twice")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pysysdig.scap.reader.MAX_EVENTS", FRAME)
        source = str(root / "captures/demo.scap")
        assert main(["-r", source, "-w", str(out["complete"])]) == 0
        assert main(["-r", source, "-w", str(out["filtered"]), "evt.type!=futex"]) == 0
    out["twice"].write_bytes(2 * out["complete"].read_bytes())
    return out


def _rows(path: Path, text: str, skip: bool) -> tuple[list[Row], int]:
    """(number, process, descriptor) of what matches before any damage, and how many frames were looked at."""
    out: list[Row] = []
    count = 0
    with open_any(str(path)) as stream, pytest.MonkeyPatch.context() as patch, contextlib.suppress(CaptureError):
        if not skip:
            patch.setattr(TraceSection, "narrow", lambda self, chosen: None)
        for view, sel in replay(stream.sections(), text, level=FD):
            count += 1
            names = view.threads.text(view.thread[sel], named("comm")).tolist()
            out += zip(view.batch.num[sel].tolist(), names, view.fds.text(view.fd[sel], named("name")).tolist())
    return out, count


def _times(path: Path) -> tuple[list[int], list[int]]:
    with open_any(str(path)) as stream:
        found = [(int(n), int(t)) for b in stream.batches() for n, t in zip(b.num, b.ts)]
    return [n for n, _ in found], [t for _, t in found]


def _narrow(path: Path) -> list[tuple[str, int]]:
    """Filters, and how many frames may be looked at for them at most."""
    nums, ts = _times(path)
    n, t, first = nums[len(nums) // 2], ts[len(ts) // 2], min(x for x in ts if x)
    return [
        (f"evt.num={n}", 1),
        (f"evt.num in ({nums[5]}, {n})", 2),
        (f"evt.num<{nums[3]}", 1),
        (f"not evt.num>={nums[3]}", 1),
        (f"evt.num>{nums[-4]}", 2),
        (f"evt.num>={n} and evt.num<{n + 10}", 2),
        (f"evt.rawtime={t}", 2),
        (f"evt.rawtime>={ts[-1]}", 2),
        (f"evt.reltime<{ts[10] - first} and evt.type!=kexec_load", 2),
        (f"evt.around[{t}]=0", 2),
        ("evt.rawtime.s=1", 0),
        ("evt.num=0", 0),
        ("evt.type=swapon", 0),
        ("evt.type=kexec_load", 0),  # generic: its name is a parameter
        ("proc.name=nosuch", 0),
        ("fd.name contains nosuch and evt.dir=<", 0),
        ("not (proc.name!=nosuch or evt.num>=0)", 0),
    ]


@pytest.mark.parametrize("kind", ["complete", "filtered", "twice"])
def test_what_cannot_match_is_not_looked_at(kind: str, many: dict[str, Path]) -> None:
    for text, most in _narrow(many[kind]):
        got, looked = _rows(many[kind], text, skip=True)
        assert got == _rows(many[kind], text, skip=False)[0], text
        assert looked <= most * (2 if kind == "twice" else 1), text


TERMS = st.one_of(
    st.builds("evt.num{}{}".format, st.sampled_from(["<", "<=", "=", "!=", ">", ">="]), st.integers(0, 3300)),
    st.builds("evt.num in ({}, {})".format, st.integers(0, 3300), st.integers(0, 3300)),
    st.builds("evt.reltime{}{}".format, st.sampled_from(["<", ">="]), st.integers(0, 1 << 32)),
    st.builds("evt.reltime.s{}{}".format, st.sampled_from(["=", ">"]), st.integers(0, 3)),
    st.builds("evt.type={}".format, st.sampled_from(["openat", "rt_sigaction", "close", "procinfo", "kexec_load"])),
    st.builds("proc.name{}{}".format, st.sampled_from(["=", "!="]), st.sampled_from(["cat", "bash", "python3", "nosuch"])),
    st.builds(
        "fd.name {} {}".format, st.sampled_from(["=", "!=", "contains"]), st.sampled_from(["/etc/ld.so.cache", "/usr", "a"])
    ),
    st.just("evt.dir=<"),
)
FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not {}".format, inner),
    ),
    max_leaves=5,
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS)
def test_any_filter(many: dict[str, Path], text: str) -> None:
    assert _rows(many["complete"], text, skip=True)[0] == _rows(many["complete"], text, skip=False)[0]


def test_frames_are_not_touched(many: dict[str, Path], tmp_path: Path) -> None:
    """What the index says is enough: frames that are not wanted may be damaged."""
    raw = bytearray(many["filtered"].read_bytes())
    with open_any(str(many["filtered"])) as stream:
        assert isinstance(stream, TraceStream)
        events = [f for f in iter(lambda: stream.next_frame(header=True), None) if f.kind == frames.EVENTS]
    for f in events[1:-1]:
        raw[f.at : f.end] = bytes(f.end - f.at)
    path = tmp_path / "holes.pscap"
    path.write_bytes(raw)
    nums, _ = _times(many["filtered"])
    got, _ = _rows(path, f"evt.num={nums[0]} and evt.type!=kexec_load", skip=True)
    assert [n for n, _, _ in got] == [nums[0]]


def test_a_wrong_index_is_not_used(many: dict[str, Path], tmp_path: Path) -> None:
    raw = bytearray(many["complete"].read_bytes())
    with open_any(str(many["complete"])) as stream:
        assert isinstance(stream, TraceStream)
        index = next(f for f in iter(lambda: stream.next_frame(header=True), None) if f.kind == frames.INDEX)
    nums, _ = _times(many["complete"])
    want = _rows(many["complete"], f"evt.num={nums[-1]}", skip=False)[0]
    for at in (index.end - 12, index.at, len(raw) - 8):
        path = tmp_path / "wrong.pscap"
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x40]) + raw[at + 1 :])
        assert _rows(path, f"evt.num={nums[-1]}", skip=True)[0] == want


Seen = tuple[int, str | None, int | None]


def _worked_out(path: Path, text: str, skip: bool, convert: bool = False) -> tuple[list[Seen], int]:
    """(number, process, its memory) of what matches where the state is worked out, and how many views there were."""
    out: list[Seen] = []
    count = 0
    with open_any(str(path)) as stream, pytest.MonkeyPatch.context() as patch:
        if not skip:
            patch.setattr(TraceSection, "until", lambda self, latest: None)
        sections = stream.sections()
        for view, sel in replay(converted(sections) if convert else sections, text, level=COUNTERS):
            count += 1
            names = view.threads.text(view.thread[sel], named("comm")).tolist()
            out += zip(view.batch.num[sel].tolist(), names, view.counter("vmsize", sel).tolist())
    return out, count


@pytest.mark.parametrize("convert", [False, True])
@pytest.mark.parametrize("kind", ["complete", "twice"])
def test_what_comes_after_the_last_time_is_not_looked_at(kind: str, convert: bool, many: dict[str, Path]) -> None:
    """Also where all that comes before has to be. Not in files put together: numbers go on in the next section."""
    _, ts = _times(many[kind])
    middle = ts[len(ts) // (4 if kind == "twice" else 2)]
    for text in (f"evt.rawtime>={middle - 10**6} and evt.rawtime<={middle}", f"evt.rawtime<{min(filter(None, ts))}"):
        got, looked = _worked_out(many[kind], text, skip=True, convert=convert)
        want, every = _worked_out(many[kind], text, skip=False, convert=convert)
        assert got == want
        assert looked == every if kind == "twice" else looked <= every // 2 + 1


def test_sections_before_the_last_are_read_to_the_end(many: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    index = TraceStream._index

    def with_another(self: TraceStream) -> tuple[Iterator[frames.Entry], int] | None:
        found = index(self)
        assert found is not None
        return iter([*found[0], frames.Entry(found[1], frames.HEADER, 1)]), found[1] + 1

    text = "evt.rawtime<2"
    fewer = _worked_out(many["complete"], text, skip=True)[1]
    monkeypatch.setattr(TraceStream, "_index", with_another)
    assert fewer <= 1 < _worked_out(many["complete"], text, skip=True)[1]
