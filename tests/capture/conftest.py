"""One live recording of a known workload, shared by the live tests; skipped where the machine does not allow it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from pysysdig.events.batch import EventBatch
from pysysdig.events.table import OLD, SIZES, load
from pysysdig.state.snapshot import Snapshot
from tests.capture.fake_engine import ANSWER, IMAGE, IMAGE_ANSWER, Engine, ok

Value = int | bytes | None


class Event(NamedTuple):
    """One event in plain Python; texts end before their NUL."""

    num: int
    ts: int
    tid: int
    name: str
    dir: str
    params: dict[str, Value]


class Recording(NamedTuple):
    """events of the workload, in order; what it told of itself; the machine before; how many events were lost in all."""

    events: list[Event]
    known: dict[str, Any]
    snapshot: Snapshot
    lost: int
    directory: Path
    batches: list[EventBatch]

    def of(self, name: str, direction: str = "<", /, **params: Value) -> list[Event]:
        """The events of a name and direction with these parameters."""
        return [
            e for e in self.events
            if e.name == name and e.dir == direction and all(e.params.get(k) == v for k, v in params.items())
        ]  # fmt: skip


def decode(batch: EventBatch, tids: set[int]) -> list[Event]:
    """The events of some threads."""
    table = load(OLD)
    out: list[Event] = []
    mine = np.flatnonzero(np.isin(batch.tid, list(tids)))
    for type_ in batch.types(mine):
        positions = batch.positions(type_, mine)
        info = table[type_]
        spans = batch.spans(type_, positions)
        columns: dict[str, list[Value]] = {}
        for i, param in enumerate(info.params):
            if param.type in SIZES:
                values, _ = batch.fixed(spans, i, param.type)
                columns[param.name] = values.tolist()
            else:
                text = param.type in ("CHARBUF", "FSPATH", "FSRELPATH")
                columns[param.name] = [v.removesuffix(b"\0") if v and text else v for v in batch.raw(spans, i)]
        for k, position in enumerate(positions.tolist()):
            params = {name: values[k] for name, values in columns.items()}
            ts, tid = int(batch.ts[position]), int(batch.tid[position])
            out.append(Event(int(batch.num[position]), ts, tid, info.name, info.dir, params))
    return sorted(out)


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The workload of live_workload.py, captured."""
    from pysysdig.capture.live import LiveCapture

    directory = tmp_path_factory.mktemp("live")
    script = Path(__file__).with_name("live_workload.py")
    output: list[bytes] = []
    with LiveCapture(ring_size=1 << 27) as capture:  # on a busy machine nothing is lost either

        def work() -> None:
            try:
                output.append(subprocess.run([sys.executable, script, directory], check=True, capture_output=True).stdout)
            finally:
                capture.stop()

        thread = threading.Thread(target=work)
        thread.start()
        batches = list(capture.batches())
        thread.join()
        known = json.loads(output[0])
        mine = {known["pid"], known["killed"], known["executed"], *known["threads"], *known["children"]}
        events = [e for batch in batches for e in decode(batch, mine)]
        return Recording(events, known, capture.snapshot, capture.drops, directory, batches)


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[Path]:
    """A mount of overlayfs with programs: `unchanged` of the lower layer, `changed` and `new` of the upper one."""
    program = shutil.which("true")
    if os.geteuid() or program is None:
        pytest.skip("mounting takes root")
    for name in ("disk", "all"):
        (tmp_path / name).mkdir()
    with ExitStack() as mounts:

        def mount(kind: str, place: Path, *options: str) -> None:
            done = subprocess.run(["mount", "-t", kind, "none", *options, place], capture_output=True)
            if done.returncode:
                pytest.skip(f"no {kind} can be mounted here: {done.stderr.decode()}")
            mounts.callback(lambda: subprocess.run(["umount", place], check=True))

        mount("tmpfs", tmp_path / "disk")  # overlayfs does not take every file system
        for name in ("lower", "upper", "work"):
            (tmp_path / "disk" / name).mkdir()
        for name in ("unchanged", "changed"):
            shutil.copy(program, tmp_path / "disk/lower" / name)
        mount("overlay", tmp_path / "all", "-o", ",".join(f"{k}dir={tmp_path}/disk/{k}" for k in ("lower", "upper", "work")))
        (tmp_path / "all/changed").chmod(0o777)
        shutil.copy(program, tmp_path / "all/new")
        yield tmp_path / "all"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that knows one container and its image."""
    answers = {"/containers/0123456789ab/json": ok(ANSWER), f"/images/{IMAGE}/json?digests=1": ok(IMAGE_ANSWER)}
    running = Engine(tmp_path / "engine.sock", answers)
    yield running
    running.end()
