"""From alerts to outputs with workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.program import Output as Program
from pysysdig.errors import UsageError
from pysysdig.rules.config_tree import read
from pysysdig.service import lane as lanes
from pysysdig.service.config import ServiceConfig
from pysysdig.service.delivery import Delivery
from pysysdig.service.log import Log
from tests.service.peers import WebPeer, until, web_peer


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(lanes, "_LONGEST_WAIT", 0.05)
    monkeypatch.setattr(lanes, "_LOOK", 0.01)


def alert(number: int) -> Alert:
    return Alert(10**18, 5, f"R{number}", "syscall", ("t",), "box", "text", {"fd.name": "/x"})


def config(tmp_path: Path, *options: str) -> ServiceConfig:
    return ServiceConfig(read("", [f"pysysdig.spool.path={tmp_path}/spool.db", "json_output=true", *options]))


def looked(ways: Delivery) -> bool:
    ways.look()
    return True


def rules_of(peer: WebPeer) -> list[str]:
    return [json.loads(body)["rule"] for body in peer.bodies]


def test_a_blocked_output_stops_no_other(tmp_path: Path) -> None:
    said: list[str] = []
    log = Log(stderr=False, system=lambda level, text: said.append(text))
    with web_peer() as peer:
        peer.gate.clear()
        options = ["http_output.enabled=true", f"http_output.url={peer.url}", "output_timeout=100"]
        file = ["file_output.enabled=true", f"file_output.filename={tmp_path}/alerts"]
        ways = Delivery(config(tmp_path, *options, *file), log)
        ways.send([alert(1)])
        ways.send([alert(2)])
        until(lambda: ways.lanes["file"].sent == 2)
        until(lambda: looked(ways) and said)
        assert said == ['"http" output timeout, its alerts wait; other outputs go on'] and not peer.requests
        ways.look()
        assert len(said) == 1
        peer.gate.set()
        until(lambda: ways.lanes["http"].sent == 2)
        ways.close()
    assert rules_of(peer) == ["R1", "R2"] and not ways.failed
    assert [line.rstrip("\n").encode() for line in (tmp_path / "alerts").open()] == peer.bodies


def test_while_the_receiver_is_down_alerts_wait_also_for_the_next_start(tmp_path: Path) -> None:
    with web_peer() as peer:
        url = peer.url
    one = config(tmp_path, "http_output.enabled=true", f"http_output.url={url}", "output_timeout=100")
    ways = Delivery(one, Log(stderr=False))
    ways.send([alert(1), alert(2)])
    until(lambda: ways.lanes["http"].failures > 2)
    ways.close()
    with web_peer() as peer:
        peer.answers += [(500, b""), None]
        ways = Delivery(config(tmp_path, "http_output.enabled=true", f"http_output.url={peer.url}"), Log(stderr=False))
        ways.send([alert(3)])
        until(lambda: ways.lanes["http"].sent == 3)
        ways.close()
    assert rules_of(peer) == ["R1", "R1", "R1", "R2", "R3"]  # the first two attempts were answered 500, and cut
    keys = [request.headers["Idempotency-Key"] for request in peer.requests]
    assert len(set(keys)) == 3 and len(set(keys[:3])) == 1


def test_a_change_keeps_what_stays_the_same(tmp_path: Path) -> None:
    file = ["file_output.enabled=true", f"file_output.filename={tmp_path}/a"]
    with web_peer() as peer:
        http = ["http_output.enabled=true", f"http_output.url={peer.url}"]
        ways = Delivery(config(tmp_path, *file, *http), Log(stderr=False))
        kept = ways.lanes["http"]
        ways.send([alert(1)])
        file[1] = f"file_output.filename={tmp_path}/b"
        ways.change(config(tmp_path, *file, *http))
        ways.send([alert(2)])
        assert ways.lanes["http"] is kept
        with pytest.raises(UsageError, match="no filename"):
            ways.change(config(tmp_path, "file_output.enabled=true"))
        ways.send([alert(3)])
        ways.change(config(tmp_path, *http))
        ways.send([alert(4)])
        until(lambda: kept.sent == 4)
        ways.close()
    assert rules_of(peer) == ["R1", "R2", "R3", "R4"]
    names = [[json.loads(line)["rule"] for line in (tmp_path / name).open()] for name in "ab"]
    assert names == [["R1"], ["R2", "R3"]]


def test_outputs_that_a_trial_does_not_name(tmp_path: Path) -> None:
    """Their alerts wait: for a configuration that names them again, and whatever a recording is tried with."""
    file = [
        "stdout_output.enabled=false",
        "file_output.enabled=true",
        f"file_output.filename={tmp_path}/none/a",
        "output_timeout=100",
    ]
    ways = Delivery(config(tmp_path, *file), Log(stderr=False))
    ways.send([alert(1)])
    ways.change(config(tmp_path, "stdout_output.enabled=false"))
    ways.send([alert(2)])  # to nobody
    ways.close()
    with web_peer() as peer:
        http = ["http_output.enabled=true", f"http_output.url={peer.url}"]
        recording = Delivery(config(tmp_path, *http), Log(stderr=False), wait=True)
        recording.send([alert(3)])
        until(lambda: peer.requests)
        recording.close()
    (tmp_path / "none").mkdir()
    ways = Delivery(config(tmp_path, *file), Log(stderr=False))
    ways.close()
    assert [json.loads(line)["rule"] for line in (tmp_path / "none" / "a").open()] == ["R1", "R3"]


def test_a_spool_that_nobody_needs_any_more(tmp_path: Path) -> None:
    with web_peer() as peer:
        ways = Delivery(config(tmp_path, "http_output.enabled=true", f"http_output.url={peer.url}"), Log(stderr=False))
        ways.send([alert(1)])
        until(lambda: ways.lanes["http"].sent == 1)
        before = ways.spool_bytes
        ways.change(config(tmp_path, "stdout_output.enabled=true"))
        ways.send([alert(2)])
        assert ways.spool_bytes == before
        ways.close()


@pytest.mark.parametrize("recording", [False, True])
def test_what_an_output_of_this_machine_has_not_taken_is_there_at_the_next_start(tmp_path: Path, recording: bool) -> None:
    """Not so on a recording, whose events can be read again."""
    file = ["file_output.enabled=true", f"file_output.filename={tmp_path}/none/a", "output_timeout=100"]
    ways = Delivery(config(tmp_path, *file), Log(stderr=False), wait=recording)
    ways.send([alert(1), alert(2)])
    until(lambda: ways.lanes["file"].failures > 1)
    ways.close()
    assert list(ways.lost()) == [("file", 2 if recording else 0)]
    (tmp_path / "none").mkdir()
    for number in (3, 4):
        ways = Delivery(config(tmp_path, *file), Log(stderr=False), wait=recording)
        ways.send([alert(number)])
        ways.close()
    written = [json.loads(line)["rule"] for line in (tmp_path / "none" / "a").open()]
    assert written == (["R3", "R4"] if recording else ["R1", "R2", "R3", "R4"])


def test_without_room_for_a_spool(tmp_path: Path) -> None:
    (tmp_path / "spool.db").mkdir()
    said: list[str] = []
    with web_peer() as peer:
        log = Log(stderr=False, system=lambda level, text: said.append(text))
        ways = Delivery(config(tmp_path, "http_output.enabled=true", f"http_output.url={peer.url}"), log)
        ways.send([alert(1)])
        until(lambda: ways.lanes["http"].sent == 1)
        ways.close()
    assert len(said) == 1 and "in memory only" in said[0] and rules_of(peer) == ["R1"]


def test_a_hundred_thousand_alerts_while_nothing_is_taken(tmp_path: Path) -> None:
    """Memory is bounded, what does not fit is counted; files are written, whatever the receiver does."""
    with web_peer() as peer:
        peer.gate.clear()
        options = [
            "http_output.enabled=true", f"http_output.url={peer.url}", "output_timeout=100", "file_output.enabled=true",
            f"file_output.filename={tmp_path}/a", "pysysdig.spool.max_size_mb=1",
        ]  # fmt: skip
        ways = Delivery(config(tmp_path, *options), Log(stderr=False))
        many = [alert(i) for i in range(1000)]
        for _ in range(100):
            ways.send(many)
        http = dict(ways.lost())["http"]
        assert 90_000 < http < 100_000 and http + ways.lanes["http"].waiting == 100_000
        until(lambda: ways.lanes["file"].sent == 100_000)
        peer.gate.set()
        ways.close()
    assert sum(1 for _ in (tmp_path / "a").open()) == 100_000


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """It is named once; other outputs go on, and once there is room everything is written."""
    said: list[str] = []
    log = Log(stderr=False, system=lambda level, text: said.append(text))
    (tmp_path / "full").symlink_to("/dev/full")
    file = ["file_output.enabled=true", f"file_output.filename={tmp_path}/full"]
    program = ["program_output.enabled=true", "program_output.keep_alive=true", f"program_output.program=cat >>{tmp_path}/p"]
    ways = Delivery(config(tmp_path, *file, *program), log)
    ways.send([alert(1), alert(2)])
    until(lambda: ways.lanes["file"].failures > 3)
    assert len(said) == 1 and "No space left on device" in said[0] and ways.lanes["program"].sent == 2
    (tmp_path / "full").unlink()
    until(lambda: ways.lanes["file"].sent == 2)
    ways.close()
    assert [json.loads(line)["rule"] for line in (tmp_path / "full").open()] == ["R1", "R2"]
    assert (tmp_path / "p").read_text() == (tmp_path / "full").read_text()


def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    command = f"program_output.program=head -n 1 >>{tmp_path}/p"
    ways = Delivery(config(tmp_path, "program_output.enabled=true", "program_output.keep_alive=true", command), Log(stderr=False))
    output = ways.lanes["program"].output
    assert isinstance(output, Program)
    for i in range(5):
        ways.send([alert(i)])
        until(lambda i=i: (tmp_path / "p").exists() and f'"R{i}"' in (tmp_path / "p").read_text())  # type: ignore[misc]
        until(lambda: output._running is None or output._running.poll() is not None)
    ways.close()
