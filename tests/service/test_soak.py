"""A service that is killed again and again while its receiver comes and goes: nothing is lost, doubled or out of order."""

from __future__ import annotations

import functools
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service.peers import WebPeer, free_port, until, web_peer

# sends alerts R0, R1 ... (from argv[2] on), reloads now and then, and ends in good order when it is told to
PROGRAM = """
import signal, sys, time
from pysysdig.alerts.model import Alert
from pysysdig.cli.serving import compiled
from pysysdig.service import lane
from pysysdig.service.daemon import Service
from pysysdig.settings import RuleSettings

lane._FIRST_WAIT, lane._LONGEST_WAIT = 0.01, 0.05
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
service = Service(sys.argv[1], (), (), lambda config: compiled(RuleSettings(), config), recording=False)
number = int(sys.argv[2])
while not ended:
    for _ in range(3):
        service.send([Alert(time.time_ns(), 5, f"R{number}", "syscall", (), "box", "t", {})])
        number += 1
    if number % 50 == 0:
        service.ask_reload()
    service.look()
    time.sleep(0.01)
service.close()
"""


CHANCE = random.Random(7)


def written(path: Path) -> list[int]:
    """The last line may be half there: it is being written, or the writer was killed."""
    return [int(found) for found in re.findall(rb'"rule":"R(\d+)"', path.read_bytes())] if path.exists() else []


@pytest.mark.slow
def test_kill_9_again_and_again(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "r.yaml").write_text("- rule: A\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n")
    (tmp_path / "f.yaml").write_text(
        f"json_output: true\nlog_syslog: false\nrules_files: [{tmp_path}/r.yaml]\noutput_timeout: 500\n"
        f"file_output: {{enabled: true, keep_alive: true, filename: {tmp_path}/alerts}}\n"
        f"http_output: {{enabled: true, url: 'http://127.0.0.1:{port}/'}}\n"
        f"pysysdig: {{spool: {{path: {tmp_path}/spool.db}}}}\n"
    )
    got: list[tuple[int, str]] = []
    begin = newest = 0
    for turn in range(6):
        words = [sys.executable, "-c", PROGRAM, str(tmp_path / "f.yaml"), str(begin)]
        with killed(subprocess.Popen(words, cwd=Path(__file__).resolve().parents[2])) as running:
            until(functools.partial(further, tmp_path / "alerts", begin + 30))
            if turn % 2:  # the receiver is there, and takes what waited
                with web_peer(port=port) as peer:
                    peer.answers = [CHANCE.choice((None, (200, b""), (200, b""), (503, b""))) for _ in range(40)]
                    until(lambda peer=peer: len(peer.requests) > 60)  # type: ignore[misc]
                    if turn == 5:
                        newest = written(tmp_path / "alerts")[-1]
                        until(functools.partial(arrived, peer, newest))
                    running.kill()
                    running.wait()
                    whole = [r for r in peer.requests if len(r.body) == int(r.headers["Content-Length"])]  # not cut by kill
                    got += [(number(r.body), r.headers["Idempotency-Key"]) for r in whole]
            else:
                time.sleep(CHANCE.random() / 5)
        begin = max(written(tmp_path / "alerts")) + 1000  # what was not written may not have been accepted
    raised = [n for n in written(tmp_path / "alerts") if n <= newest]
    first = list(dict.fromkeys(n for n, _ in got))
    assert set(raised) <= set(first)  # every alert that was raised
    assert first == sorted(first)  # in order
    assert len({key for _, key in got}) == len(first)  # each under one key


@contextmanager
def killed(running: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """In the end, whatever happens: who waits for a program that goes on waits for ever."""
    with running:
        try:
            yield running
        finally:
            running.kill()


def further(path: Path, number: int) -> bool:
    return max(written(path), default=-1) >= number


def arrived(peer: WebPeer, newest: int) -> bool:
    return any(b'"rule":"R%d"' % newest in body for body in list(peer.bodies))


def number(body: bytes) -> int:
    found = re.search(rb'"rule":"R(\d+)"', body)
    assert found is not None
    return int(found[1])
