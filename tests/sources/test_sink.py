"""What a recorder hands over is in its files: batches as they come, losses, what was known before."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.arrays import pieces
from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.replay import replay
from pysysdig.sources.files import Rotation
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.sink import Sink, joined
from pysysdig.sources.snapshots import snapshot_at
from pysysdig.sources.writing import How
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.tap import Tap
from pysysdig.trace.reader import TraceStream
from tests.conftest import Call

CAPTURES = ("demo", "syscalls", "udp", "exit_only_udp")
FORMS = (
    "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info",
    "*%evt.num %proc.cmdline %proc.pname %proc.aname[2] %proc.sname %proc.exepath %proc.cwd %user.name %fd.name %fd.typechar "
    "%evt.latency %fd.name_changed %fs.path.name %container.name %evt.reltime",
    "*%evt.num %proc.nchilds %thread.vmsize %proc.fdopencount %proc.nthreads %fd.types",
)


def _recorded(
    path: Path, source: Path, hurry_after: int | None = None, state: bool = True, resume_after: int | None = None, behind: int = 0
) -> int:
    """Record a capture as a machine is recorded: small batches as they come, `behind` of them later than they happen. Returns the
    number of events."""
    sink = Sink(str(path), format_to_write("pscap", ""), How(complete=True, live=True))
    count = 0
    with open_any(str(source)) as capture:
        for section in capture.sections():
            sink.begin_batches(section.snapshot, section.generation, state)
            machine = Inspector(section.snapshot, section.generation, FD)
            tap = Tap(machine)
            happened = 0
            batches = [
                b.subset(piece)
                for b in section.batches()
                for piece in pieces(np.arange(len(b), dtype=np.int64), range(100, len(b), 100))
            ]
            for i, b in enumerate(batches):
                for ahead in batches[happened : i + behind]:
                    machine.process(ahead)
                happened = max(happened, min(i + behind, len(batches)))
                if hurry_after is not None and count >= hurry_after:
                    sink.hurry()
                    hurry_after = None
                elif hurry_after is None and resume_after is not None and count >= resume_after:
                    last = int(batches[happened - 1].ts[-1]) if happened else 0
                    sink.resume(snapshot_at(tap, section.snapshot, 1 << 40), last)
                    resume_after = None
                sink.write_batch(b, len(b))
                count += len(b)
    sink.close()
    return count


@pytest.mark.parametrize("enough", [150, 65536])
@pytest.mark.parametrize("name", CAPTURES)
def test_batches_are_recorded_with_what_they_see(
    name: str, enough: int, root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording of the machine is read as the capture of the same events, without working anything out."""
    monkeypatch.setattr("pysysdig.sources.sink._ENOUGH", enough)
    path = tmp_path / "a.pscap"
    count = _recorded(path, root / "captures" / f"{name}.scap")
    facts = json.loads(call_cli("-j", "--info", path).stdout)
    assert (facts["events"], facts["state"]) == (count, "recorded")
    for form in FORMS:
        assert call_cli("-r", path, "-p", form).stdout == call_cli("-r", root / "captures" / f"{name}.scap", "-p", form).stdout


@pytest.mark.parametrize("after", [0, 700, 1 << 40])
def test_a_recorder_in_a_hurry_leaves_the_state_to_readers(
    after: int, root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of threads, descriptors and containers by then is known to the readers of the rest."""
    monkeypatch.setattr("pysysdig.sources.sink._ENOUGH", 150)
    path, source = tmp_path / "a.pscap", root / "captures" / "demo.scap"
    count = _recorded(path, source, after)
    facts = json.loads(call_cli("-j", "--info", path).stdout)
    hidden = json.loads(call_cli("-j", "--info", source).stdout)["hidden_events"]
    assert facts["events"] - facts["hidden_events"] == count - hidden
    assert facts["state"] == ("recorded" if after > count else "recorded in part")
    if after <= count:
        assert b"OTHER.pscap" in call_cli("--info", path).stdout
    form = "*%evt.num %evt.outputtime %proc.name %proc.cmdline %proc.pname %proc.cwd %user.name %evt.type %container.name"
    assert call_cli("-r", path, "-p", form).stdout == call_cli("-r", source, "-p", form).stdout
    # exit events of calls that were under way do not know what they began with
    got, want = (call_cli("-r", p, "-p", "*%evt.num %fd.num %fd.name").stdout.splitlines() for p in (path, source))
    assert len(got) == len(want) and sum(a != b for a, b in zip(got, want)) <= 5
    better = tmp_path / "b.pscap"
    assert call_cli("-r", path, "-w", better).returncode == 0
    assert json.loads(call_cli("-j", "--info", better).stdout)["state"] == "recorded"
    assert call_cli("-r", better, "-p", FORMS[1]).stdout == call_cli("-r", path, "-p", FORMS[1]).stdout


@pytest.mark.parametrize("behind", [0, 1])
@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("name", CAPTURES)
def test_a_recorder_that_keeps_up_again_writes_the_state_again(
    name: str, at_once: bool, behind: int, root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the file has what its events see, times since the first event of all, what was told of containers before; and
    events that come after the look at the machine, but happened before it, are of processes that may be gone by then."""
    monkeypatch.setattr("pysysdig.sources.sink._ENOUGH", 150)
    path, source = tmp_path / "a.pscap", root / "captures" / f"{name}.scap"
    hurry, resume = (700, 1200) if name == "demo" else (100, 200)
    hurry = 0 if at_once else hurry
    count = _recorded(path, source, hurry, True, resume, behind)
    with open_any(str(path)) as capture:
        parts = [(section.recorded(FD) is not None, sum(map(len, section.batches()))) for section in capture.sections()]
    assert [recorded for recorded, _ in parts] == [True, False, True] and sum(n for _, n in parts) >= count > 250
    form = "*%evt.num %evt.outputtime %proc.name %proc.cmdline %proc.pname %proc.cwd %user.name %evt.type %container.name"
    assert call_cli("-r", path, "-p", form).stdout == call_cli("-r", source, "-p", form).stdout
    # exit events of calls that were under way do not know what they began with
    got, want = (call_cli("-r", p, "-p", "*%evt.num %fd.num %fd.name").stdout.splitlines() for p in (path, source))
    assert len(got) == len(want) and sum(a != b for a, b in zip(got, want)) <= 10
    assert (
        call_cli("-r", path, "-p", "*%evt.num %evt.reltime").stdout
        == call_cli("-r", source, "-p", "*%evt.num %evt.reltime").stdout
    )


def test_a_recorder_that_is_in_a_hurry_again_before_it_has_caught_up(root: Path, tmp_path: Path, call_cli: Call) -> None:
    path, source = tmp_path / "a.pscap", root / "captures" / "udp.scap"
    sink = Sink(str(path), format_to_write("pscap", ""), How(complete=True, live=True))
    with open_any(str(source)) as capture:
        for section in capture.sections():
            sink.begin_batches(section.snapshot, section.generation, True)
            sink.hurry()
            sink.resume(section.snapshot, 1 << 62)
            sink.hurry()
            for b in section.batches():
                sink.write_batch(b, len(b))
    sink.close()
    for form in FORMS[:2]:
        assert call_cli("-r", path, "-p", form).stdout == call_cli("-r", source, "-p", form).stdout


def test_hidden_events_stay_hidden_in_frames_of_several_batches() -> None:
    shown, hidden = batch([event("SYSCALL_CLOSE_E", 1, 42, [1])]), batch([event("SYSCALL_CLOSE_E", 2, 42, [1])], 2)
    hidden.hidden = np.ones(1, bool)
    both = joined([shown, hidden])
    assert both.hidden is not None and both.hidden.tolist() == [False, True]
    assert joined([shown, shown]).hidden is None


def test_losses_that_wait_for_long_are_one(tmp_path: Path) -> None:
    """Nothing is lost of them, and they do not pile up while no event passes the filter."""
    path = tmp_path / "a.pscap"
    sink = Sink(str(path), format_to_write("pscap", ""), How(complete=True, live=True))
    sink.begin_batches(snapshot(process(42, "cat")), OLD, state=False)
    for k in range(3000):
        sink.lose(2, 10 * k, 10 * k + 5)
    sink.close()
    with open_any(str(path)) as stream:
        assert isinstance(stream, TraceStream) and not list(stream.batches())
        losses = stream.take_losses()
    assert sum(count for count, _, _ in losses) == 6000 and len(losses) < 2000
    assert losses[0] == (2, 0, 5) and losses[-1][2] == 29_995
    assert all(a[2] < b[1] for a, b in zip(losses, losses[1:]))


def test_a_recorder_that_is_killed_leaves_what_came_before(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live recordings are flushed by time: packed ones do not keep back what has been written so far, either."""
    monkeypatch.setattr("pysysdig.scap.reader.MAX_EVENTS", 200)
    monkeypatch.setattr("pysysdig.sources.sink._PATIENCE", 0.0)
    path, killed = tmp_path / "a.scap.gz", tmp_path / "b.scap"
    sink = Sink(str(path), format_to_write("scap", ""), How(complete=True, live=True, compress=True))
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, sel in replay(capture.sections(), level=sink.level, sink=sink):
            sink.write(view, sel)
            killed.write_bytes(zlib.decompressobj(31).decompress(path.read_bytes()))
            with open_any(str(killed)) as left:
                assert sum(map(len, left.batches())) == int(view.batch.num[-1])
            if view.batch.num[-1] > 1000:
                break
    sink.close()


@pytest.mark.parametrize("form", ["pscap", "scap"])
def test_files_that_may_be_smaller_than_their_beginnings_have_events(form: str, root: Path, tmp_path: Path) -> None:
    sink = Sink(str(tmp_path / "a"), format_to_write(form, ""), How(complete=True), Rotation(size=1))
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, sel in replay(capture.sections(), level=sink.level, sink=sink):
            sink.write(view, sel)
    sink.close()
    numbers = []
    for path in tmp_path.iterdir():
        with open_any(str(path)) as capture:
            numbers += [int(n) for view, sel in replay(capture.sections()) for n in view.batch.num[sel]]
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        assert len(numbers) == sum(len(sel) for _, sel in replay(capture.sections()))
