"""A service that is killed again and again while its receivers come and go, and is reloaded all the time: is every alert that it
accepted delivered, in order, each under one uuid?

    python -m tests.service.soak [SECONDS]

The service raises alerts R0, R1 ... (a hundred a second) for a file, http_output, a webhook and Elasticsearch (several alerts in
a request). It is ended by kill -9 every few seconds, its rules and configuration change all the time, and each receiver is now
there, now not, answers 503 or cuts connections. In the end everybody stays until all is delivered.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.service.peers import WebPeer, free_port, until, web_peer

# sends alerts R0, R1 ... (from argv[2] on), notes what is accepted in argv[3], and ends in good order when it is told to
_PROGRAM = """
import os, signal, sys, time
from pysysdig.alerts.model import Alert
from pysysdig.cli.serving import compiled
from pysysdig.service import lane, watch
from pysysdig.service.daemon import Service
from pysysdig.settings import RuleSettings

lane._FIRST_WAIT, lane._LONGEST_WAIT = 0.01, 0.05
ended, number = [], int(sys.argv[2])
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
service = Service(sys.argv[1], (), (), lambda config: compiled(RuleSettings(), config), recording=False)
signal.signal(signal.SIGHUP, lambda *_: service.ask_reload())
accepted = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while not ended:
    lot = range(number, number + 3)
    service.send([Alert(time.time_ns(), 5, f"R{n}", "syscall", (), "box", "t", {}) for n in lot])
    os.write(accepted, "".join(f"{n}\\n" for n in lot).encode())
    number += 3
    service.look()
    time.sleep(0.02)
service.close()
"""
_RULE = "- rule: A{}\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n"
_CONFIG = """
json_output: true
log_syslog: false
log_stderr: false
rules_files: [{folder}/r.yaml]
output_timeout: 500
file_output: {{enabled: true, keep_alive: true, filename: {folder}/alerts}}
http_output: {{enabled: true, url: 'http://127.0.0.1:{http}/'}}
pysysdig:
  spool: {{path: {folder}/spool.db}}
  outputs:
    webhook: {{address: 'http://127.0.0.1:{webhook}/'}}
    elasticsearch: {{hostport: 'http://127.0.0.1:{elasticsearch}', customfields: {{turn: '{turn}'}}}}
"""
_TURN = 1.0, 6.0  # seconds until the service is killed
_THERE, _AWAY = (0.3, 3.0), (0.0, 1.5)  # seconds that a receiver stays, and stays away
_RELOAD = 0.2, 2.0
_ROOM = 1000  # numbers between those of two services: what was not noted may have been accepted


class Result(NamedTuple):
    """What came of it: alerts accepted; deliveries to all receivers, those of them that were repeated, receivers; repeated lines
    of the file; kills, reloads; what is wrong."""

    accepted: int
    delivered: int
    again: int
    receivers: int
    lines_again: int
    kills: int
    reloads: int
    wrong: list[str]


class _Receiver:
    """A web server that is now there, now not. `got`: (number of an alert, uuid), in order."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.port = free_port()
        self.got: list[tuple[int, str]] = []
        self.stay = threading.Event()  # for good
        self._over = threading.Event()
        self._chance = chance
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            with web_peer(port=self.port) as peer:
                choices = ((200, b'{"errors":false,"items":[]}'), (200, b'{"errors":false,"items":[]}'), (503, b""), None)
                peer.answers = [self._chance.choice(choices) for _ in range(0 if self.stay.is_set() else 30)]
                peer.then = 200, b'{"errors":false,"items":[]}'
                self._wait(self._chance.uniform(*_THERE))
                while self.stay.is_set() and not self._over.wait(0.2):
                    self._take(peer)
            self._take(peer)
            self._wait(self._chance.uniform(*_AWAY))

    def _wait(self, seconds: float) -> None:
        if not self.stay.is_set():
            self._over.wait(seconds)

    def _take(self, peer: WebPeer) -> None:
        requests, peer.requests = peer.requests, []
        for request in requests:
            if len(request.body) != int(request.headers["Content-Length"]):
                continue  # the service was killed while it sent that
            numbers = [int(found) for found in re.findall(rb'"rule": ?"R(\d+)"', request.body)]
            named = [found.decode() for found in re.findall(rb'"_id": ?"([^"]+)"', request.body)]
            uuids = named or [request.headers["Idempotency-Key"]]
            self.got += zip(numbers, uuids, strict=True)

    def newest(self) -> int:
        return max((number for number, _ in self.got), default=-1)

    def await_(self, number: int) -> None:
        """Wait for an alert, for as long as others come."""
        while self.newest() < number:
            before = len(self.got)
            until(lambda before=before: len(self.got) > before, self.name)  # type: ignore[misc]

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def wrong(self, accepted: set[int]) -> list[str]:
        first = list(dict.fromkeys(number for number, _ in self.got))
        found = _amiss(self.name, first, accepted)
        if len({uuid for _, uuid in self.got}) != len(first) or len(set(self.got)) != len(first):
            found.append(f"{self.name}: an alert has two uuids, or two have one")
        return found


def soak(folder: Path, seconds: float, seed: int) -> Result:
    """Do it for so long. Its files are in the folder."""
    chance = random.Random(seed)
    receivers = [_Receiver(name, random.Random(seed + i)) for i, name in enumerate(("http", "webhook", "elasticsearch"))]
    ports = {receiver.name: receiver.port for receiver in receivers}
    kills = reloads = 0
    try:
        _write(folder, ports, 0)
        until_ = time.monotonic() + seconds
        begin = 0
        while time.monotonic() < until_:
            with _service(folder, begin) as running:
                before = begin
                until(lambda before=before: _accepted(folder)[-1:] >= [before])  # type: ignore[misc]
                end = time.monotonic() + chance.uniform(*_TURN)
                while time.monotonic() < end:
                    time.sleep(chance.uniform(*_RELOAD))
                    reloads += 1
                    _write(folder, ports, reloads)
                    running.send_signal(signal.SIGHUP)
                running.kill()
                kills += 1
                running.wait()
            begin = max(_accepted(folder), default=begin) + _ROOM
        for receiver in receivers:
            receiver.stay.set()
        with _service(folder, begin) as running:
            until(lambda: max(_accepted(folder)) >= begin)
            newest = max(_accepted(folder))
            for receiver in receivers:
                receiver.await_(newest)
            running.terminate()
            running.wait()
    finally:
        for receiver in receivers:
            receiver.end()
    accepted = {number for number in _accepted(folder) if number <= newest}
    written = [int(found) for found in re.findall(rb'"rule":"R(\d+)"', (folder / "alerts").read_bytes())]
    lines = list(dict.fromkeys(written))
    delivered = sum(len(receiver.got) for receiver in receivers)
    once = sum(len({number for number, _ in receiver.got}) for receiver in receivers)
    wrong = [line for receiver in receivers for line in receiver.wrong(accepted)]
    wrong += _amiss("file", lines, accepted)
    again = len(written) - len(lines)
    return Result(len(accepted), delivered, delivered - once, len(receivers), again, kills, reloads, wrong)


def _amiss(name: str, first: list[int], accepted: set[int]) -> list[str]:
    """What is wrong with the alerts that somebody got, in the order in which each came first."""
    missing = accepted - set(first)
    found = [f"{name}: {len(missing)} alerts never came: {sorted(missing)[:5]}"] if missing else []
    return [*found, f"{name}: out of order"] if first != sorted(first) else found


def _write(folder: Path, ports: dict[str, int], turn: int) -> None:
    """Other rules and another configuration, which says something else of one output."""
    texts = {"r.yaml": _RULE.format(turn), "f.yaml": _CONFIG.format(folder=folder, turn=turn // 3, **ports)}
    for name, text in texts.items():
        new = folder / f"{name}.new"
        new.write_text(text)
        new.replace(folder / name)


@contextmanager
def _service(folder: Path, begin: int) -> Iterator[subprocess.Popen[bytes]]:
    """In the end it is gone, whatever happens: who waits for a program that goes on waits for ever."""
    words = [sys.executable, "-c", _PROGRAM, str(folder / "f.yaml"), str(begin), str(folder / "accepted")]
    with (folder / "err").open("ab") as err, subprocess.Popen(words, cwd=Path(__file__).parents[2], stderr=err) as running:
        try:
            yield running
        finally:
            running.kill()


def _accepted(folder: Path) -> list[int]:
    """The last line may be half there: the writer was killed."""
    path = folder / "accepted"
    return [int(line) for line in path.read_text().rpartition("\n")[0].split()] if path.exists() else []


def main() -> None:
    """Say what came of it; status 1 if something is wrong."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    seed = int(time.time())
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        result = soak(Path(folder), seconds, seed)
        print(f"seed {seed}, {seconds:.0f} s:", json.dumps(result._asdict()))
        sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()
