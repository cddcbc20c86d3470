"""Which engines there are: sockets come and go while the machine is captured."""

from __future__ import annotations

import queue
import tempfile
import time
from pathlib import Path

import pytest

from pysysdig.capture.engines import listening, roster
from pysysdig.capture.engines.engine import THERE, EngineError, EngineSettings
from pysysdig.capture.engines.roster import Roster, Seat
from pysysdig.capture.engines.table import ENGINES
from pysysdig.state.cgroups import CT_CRI, CT_DOCKER, CT_PODMAN
from tests.capture.fake_engine import ANSWER, FULL, Engine, ok

ANSWERS = {"/containers/json?all=1": ok([{"Id": FULL, "State": "running"}])}
Heard = queue.Queue[tuple[str, str, int]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    monkeypatch.setattr(listening, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(roster, "_INTERVAL", 0.02)
    return queue.Queue()


def begin(heard: Heard, notes: list[str] | None = None, **sockets: str) -> Roster:
    """Only the engines with these patterns."""
    settings = EngineSettings(
        sockets={name: (pattern,) for name, pattern in sockets.items()},
        disabled=frozenset({row.name for row in ENGINES} - set(sockets)),
    )

    def hear(seat: Seat, ident: str, news: int) -> None:
        heard.put((seat.row.name, ident, news))

    return Roster(settings, hear, (notes if notes is not None else []).append)


def test_an_engine_may_come_later_and_come_back(tmp_path: Path, heard: Heard) -> None:
    found = begin(heard, docker=str(tmp_path / "*.sock"))
    assert found.seats(CT_DOCKER, 0) == []
    for name in ("a", "a", "b"):
        engine = Engine(tmp_path / f"{name}.sock", dict(ANSWERS))
        assert heard.get(timeout=60) == ("docker", FULL[:12], THERE)
        end = time.monotonic() + 60
        while not found.seats(CT_DOCKER, 0) and time.monotonic() < end:  # what was heard may be of the one before
            time.sleep(0.01)
        assert [seat.row.name for seat in found.seats(CT_DOCKER, 0)] == ["docker"] and found.seats(CT_PODMAN, 0) == []
        (tmp_path / f"{name}.sock").unlink()
        engine.end()
        while found.seats(CT_DOCKER, 0):
            time.sleep(0.01)
        while not heard.empty():  # it may have been followed twice
            heard.get()
    found.close()


def test_users_have_engines_of_their_own(heard: Heard) -> None:
    with tempfile.TemporaryDirectory() as root:  # names of sockets are 107 bytes at most
        engines = []
        for place in ("run/podman", "run/user/1000/podman", "run/user/7/podman"):
            (Path(root) / place).mkdir(parents=True)
            engines.append(Engine(Path(root) / place / "podman.sock", dict(ANSWERS)))
        settings = EngineSettings(disabled=frozenset({"docker", "cri", "containerd"}), root=root)
        found = Roster(settings, lambda *news: None, lambda note: None)
        assert [seat.owner for seat in found.seats(CT_PODMAN, 0)] == [0, 7, 1000]
        assert [seat.owner for seat in found.seats(CT_PODMAN, 1000)] == [1000]
        found.close()
        for engine in engines:
            engine.end()


def test_one_that_lets_others_wait_rests(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path / "a.sock", dict(ANSWERS))
    found = begin(heard, docker=engine.path)
    (seat,) = found.seats(CT_DOCKER, 0)

    def slow(ident: str) -> None:
        raise EngineError("late", slow=True)

    monkeypatch.setattr(seat._engine, "ask", slow)
    rests = []
    for _ in range(8):
        with pytest.raises(EngineError):
            seat.ask("x")
        assert seat.resting
        rests.append(seat._rest)
    assert rests == sorted(rests) and rests[0] < rests[-1] == rests[-2]
    monkeypatch.undo()
    engine.answers["/containers/0123456789ab/json"] = ok(ANSWER)
    assert seat.ask("0123456789ab")["name"] == "web" and seat._rest == 0
    found.close()
    engine.end()


def test_a_missing_package_is_said_once(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "grpc", None)
    (tmp_path / "a.sock").touch()
    notes: list[str] = []
    found = begin(heard, notes, cri=str(tmp_path / "a.sock"), containerd=str(tmp_path / "a.sock"))
    found.look()
    found.close()
    assert found.seats(CT_CRI, 0) == []
    assert len(notes) == 1 and "pip install 'pysysdig[cri]'" in notes[0] and str(tmp_path / "a.sock") in notes[0]
