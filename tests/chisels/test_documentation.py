"""The examples of docs/writing-chisels.md work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Call


@pytest.fixture(scope="module")
def examples(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the chisels of the page."""
    folder = tmp_path_factory.mktemp("examples")
    page = (root / "docs" / "writing-chisels.md").read_text(encoding="utf-8")
    for name, code in re.findall(r"`(\w+)\.py`:.*?```python\n(.*?)```", page, re.DOTALL):
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    return folder


@pytest.fixture
def run(examples: Path, demo: str, call_cli: Call) -> Callable[..., list[str]]:
    """run("-c", ...) is the lines printed for the demo capture."""

    def lines(*arguments: str) -> list[str]:
        done = call_cli("--chisel-dir", examples, "-r", demo, *arguments)
        assert done.returncode == 0, done.stderr
        return str(done.stdout, "utf-8").splitlines()

    return lines


def test_opened(run: Callable[..., list[str]]) -> None:
    everything = run("-c", "opened")
    assert "03:25:04 cat /etc/ld.so.cache" in everything
    assert run("-c", "opened", "proc.name=cat") == [line for line in everything if line.split()[1] == "cat"]


def test_bigwrites(run: Callable[..., list[str]]) -> None:
    assert len(run("-c", "bigwrites", "0")) > len(run("-c", "bigwrites", "500")) > 0
    assert all(line.split()[1] == "seq" for line in run("-c", "bigwrites", "1 seq"))
    assert 'Usage: -c bigwrites "AT_LEAST [PROCESS]"' in run("-c", "bigwrites", "--help")


def test_filesopen(run: Callable[..., list[str]]) -> None:
    assert re.fullmatch(r"03:25:04 close=\d+ openat=\d+", run("-c", "filesopen")[-1])


def test_topdirs(run: Callable[..., list[str]]) -> None:
    lines = run("-c", "topdirs")
    assert lines[0].split() == ["Bytes", "Directory"] and 3 < len(lines) <= 12
    assert run("-pc", "-c", "topdirs")[0].split() == ["Bytes", "Container", "Directory"]


def test_by_event_and_by_batch(run: Callable[..., list[str]]) -> None:
    one, other = run("-c", "sizes_by_event"), run("-c", "sizes_by_batch")
    assert one == other and re.fullmatch(r"read \d+ written \d+", one[0])
