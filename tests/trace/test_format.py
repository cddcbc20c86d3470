"""Traces as a whole: what the manual says of the format, views of a few events and of all, what --info says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pysysdig.replay import replay
from pysysdig.scap.reader import open_capture
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import FD
from tests.conftest import Call

CAPTURES = sorted(path.name for path in (Path(__file__).parents[2] / "captures").glob("*.scap"))


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
