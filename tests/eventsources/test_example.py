"""The example of a source in docs/sources.md, as an installed package."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.eventsources import registry
from tests.conftest import ROOT, Call

FOLDER = ROOT / "examples" / "sources" / "nginx"
EXAMPLES = re.findall(r"^    \$ pysysdig (.*)\n((?:    (?!\$).*\n)+)", (ROOT / "docs" / "sources.md").read_text(), re.M)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """As pip leaves it: the module, and what its pyproject.toml says of entry points."""
    (tmp_path / "nginx_source.py").write_text((FOLDER / "nginx_source.py").read_text())
    info = tmp_path / "pysysdig_nginx-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pysysdig-nginx\nVersion: 0.1.0\n")
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    points = project["entry-points"][registry.GROUP]
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()))
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield tmp_path
    sys.modules.pop("nginx_source", None)
    forget()


def forget() -> None:
    for known in (registry.installed, registry.by_id, registry.catalogue):
        known.cache_clear()


def test_the_page_shows_all_that_a_package_needs() -> None:
    page = (ROOT / "docs" / "sources.md").read_text()
    lines = (FOLDER / "pyproject.toml").read_text().splitlines()
    assert "".join(f"    {line}\n" if line else "\n" for line in lines) in page


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3
    assert len((FOLDER / "nginx_source.py").read_text().splitlines()) <= 80


@pytest.mark.parametrize(("words", "shown"), EXAMPLES)
def test_examples(words: str, shown: str, installed: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    done = call_cli(*shlex.split(words))
    assert not done.returncode, done.stderr
    assert done.stdout.decode().splitlines() == [line[4:] for line in shown.splitlines()]


def test_listed_written_and_wrong(installed: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    assert b"nginx.status" in call_cli("--list=nginx").stdout and b"nginx.status" in call_cli("-l", "nginx").stdout
    assert not call_cli("-r", "access.log", "-w", tmp_path / "out.scap").returncode
    assert call_cli("-r", tmp_path / "out.scap", "-p", "%nginx.url", "nginx.user=ann").stdout == b"/orders\n"
    wrong = call_cli("-r", "access.log", "nginx.stauts=1")
    assert wrong.returncode == 1 and b"did you mean nginx.status" in wrong.stderr


def test_without_it_the_file_is_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pysysdig", "-r", str(FOLDER / "access.log")]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_events_come_back(installed: Path) -> None:
    """As the page says."""
    from nginx_source import Nginx  # type: ignore[import-not-found]

    for line in (FOLDER / "access.log").read_bytes().splitlines():
        (event,) = list(Nginx().events(line))
        assert Nginx().decode(event.data) == event.decoded
        assert Nginx().fields[4].get(event.decoded, None) in range(100, 600)
