"""Events that are posted, or added to a file."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.eventsources.k8s_audit.source import SOURCE
from pysysdig.service import listening
from pysysdig.service.listening import Live, Mailbox, Posted, check, opened, taking, taking_as_before
from pysysdig.sources.records import Records
from tests.eventsources.audit_events import audit, lines, log
from tests.service.peers import until


class Taken:
    """What comes of a capture, read in a thread."""

    def __init__(self, capture: Records) -> None:
        self.verbs: list[str] = []
        self._capture = capture
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for batch in self._capture.batches():
            self.verbs += [event["verb"] for event in batch.derived["k8s_audit"]]

    def end(self) -> list[str]:
        self._capture.close()
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.verbs


def post(
    port: int, body: bytes, path: str = "/k8s-audit", kind: str = "application/json", method: str = "POST"
) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize(
    "params",
    ["", "http://[", "http://127.0.0.1/a", "http://nosuch.invalid:1/", "https://127.0.0.1:1/a", "file:a", "file://host/a",
     "{}/none", "{}/empty", "file://{}/empty/"],
)  # fmt: skip
def test_what_cannot_be_opened_is_found_beforehand(params: str, tmp_path: Path) -> None:
    """With the same words."""
    (tmp_path / "empty").mkdir()
    params = params.format(tmp_path)
    certificate = f"{tmp_path}/none.pem"
    try:
        check(params, certificate)
    except PysysdigError as error:
        with pytest.raises(PysysdigError, match=re.escape(str(error))):
            opened(params, SOURCE, certificate)
    else:
        assert params.startswith("file:///")
        opened(params, SOURCE, certificate).close()


def test_what_can_be_opened_stays_free(tmp_path: Path) -> None:
    """Nothing is taken: somebody may be at work there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        check(f"http://127.0.0.1:{taken.getsockname()[1]}/k8s-audit")
    check(f"file://{tmp_path}/later")
    check(str(log(tmp_path, audit())))


@pytest.fixture
def posted() -> Iterator[Posted]:
    capture = opened("http://127.0.0.1:0/k8s-audit")
    assert isinstance(capture, Posted)
    yield capture
    capture.close()


def test_posted(posted: Posted) -> None:
    heard: list[str] = []
    posted.faults.hear = heard.append
    taken = Taken(posted)
    whole = {"kind": "EventList", "items": [audit("get"), audit("list")]}
    assert post(posted.port, json.dumps(whole).encode()) == (200, b"")
    assert post(posted.port, b"{broken", kind="application/json; charset=utf-8") == (200, b"")
    assert post(posted.port, json.dumps(audit("delete")).encode()) == (200, b"")
    assert taken.end() == ["get", "list", "delete"]  # what has been taken when it is closed counts
    assert len(heard) == 1 and "request 2: not JSON" in heard[0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"kind": "text/plain"}, 400), ({"path": "/other"}, 404), ({"method": "GET"}, 405), ({"body": b"x" * (13 << 20)}, 413),
    ],
)  # fmt: skip
def test_what_is_refused(request_: dict[str, Any], status: int, posted: Posted) -> None:
    try:
        assert post(posted.port, **{"body": b"{}", **request_})[0] == status
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # the body was still being sent


def test_bodies_of_twelve_megabytes(posted: Posted) -> None:
    taken = Taken(posted)
    whole = {"kind": "EventList", "items": [audit(str(n), requestObject={"x": "y" * 1000}) for n in range(8000)]}
    body = json.dumps(whole).encode()
    assert 8 << 20 < len(body) < 12 << 20
    assert post(posted.port, body)[0] == 200
    assert len(taken.end()) == 8000


@pytest.fixture
def authority(tmp_path: Path) -> Any:
    """Whose certificate is in falco.pem, with its key."""
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    made = trustme.CA()
    made.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "falco.pem"))
    return made


def test_with_a_certificate(authority: Any, tmp_path: Path) -> None:
    """Who trusts it can post; who does not, or speaks no TLS, is refused, and others go on."""
    capture = opened("https://localhost:0/k8s-audit", certificate=str(tmp_path / "falco.pem"))
    assert isinstance(capture, Posted)
    taken = Taken(capture)
    context = ssl.create_default_context()

    def secure(verb: str) -> int:
        with closing(http.client.HTTPSConnection("localhost", capture.port, timeout=20, context=context)) as connection:
            connection.request("POST", "/k8s-audit", lines(audit(verb)), {"Content-Type": "application/json"})
            return connection.getresponse().status

    with pytest.raises(ssl.SSLCertVerificationError):
        secure("get")
    assert post(capture.port, lines(audit("list")))[0] == 400
    authority.configure_trust(context)
    assert secure("create") == 200
    assert taken.end() == ["create"]


@pytest.mark.parametrize("wrong", ["none", "no key", "another key", "no certificate"])
def test_certificates_that_cannot_be(wrong: str, authority: Any, tmp_path: Path) -> None:
    path = tmp_path / "falco.pem"
    ours, theirs = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    chain, key = ours.cert_chain_pems[0].bytes(), theirs.private_key_pem.bytes()
    path.write_bytes({"none": b"", "no key": chain, "another key": key + chain, "no certificate": key}[wrong])
    if wrong == "none":
        path.unlink()
    with pytest.raises(PysysdigError) as caught:
        opened("https://127.0.0.1:0/x", certificate=str(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_events_that_are_too_large(posted: Posted) -> None:
    """Each by itself: the others of a request count."""
    heard: list[str] = []
    posted.faults.hear = heard.append
    posted.largest = 2000
    taken = Taken(posted)
    large = audit("create", requestObject={"x": "y" * 2000})
    assert post(posted.port, json.dumps({"kind": "EventList", "items": [audit("get"), large, audit("list")]}).encode())[0] == 200
    assert taken.end() == ["get", "list"]
    assert len(heard) == 1 and "request 1: an event of " in heard[0] and "more than 2000" in heard[0]


def test_as_falco_0_31_answered() -> None:
    mailbox = Mailbox()
    take = taking_as_before(mailbox.put, SOURCE)
    assert take(lines(audit()), "application/json").body == "<html><body>Ok</body></html>"
    for body, kind, says in ((b"{", "application/json", "Bad Request: not JSON"), (b"{}", "text/json", "Wrong Content Type")):
        answer = take(body, kind)
        assert answer.status == 400 and answer.body.startswith(says)
    assert take(b"{}", "x; application/json").status == 400 and mailbox.get(0) == lines(audit()) and mailbox.get(0) is None


def test_a_mailbox_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_ROOM", 10)
    monkeypatch.setattr(listening, "_PATIENCE", 0.05)
    mailbox = Mailbox()
    assert mailbox.put(b"x" * 50)  # one is taken whatever its size
    assert not mailbox.put(b"y") and taking(mailbox.put)(b"y", "application/json").status == 503
    assert mailbox.get(0) == b"x" * 50 and mailbox.put(b"y") and mailbox.get(0) == b"y"


def test_followed(tmp_path: Path) -> None:
    path = log(tmp_path, audit("before"))
    capture = opened(f"file://{path}")
    assert isinstance(capture, Live)
    heard: list[str] = []
    capture.faults.hear = heard.append
    taken = Taken(capture)
    with path.open("ab") as file:
        file.write(lines(audit("one")) + b"{}\n")
        file.flush()
        until(lambda: taken.verbs == ["one"])
        file.write(lines(audit("two")))
    assert taken.end() == ["one", "two"] and "no audit event" in heard[0]


def test_once(tmp_path: Path) -> None:
    log(tmp_path, audit("second", stageTimestamp="2024-01-01T00:00:00Z"), name="a.json")
    log(tmp_path, audit("first"), name="b.json")
    found = [event["verb"] for batch in opened(str(tmp_path)).batches() for event in batch.derived["k8s_audit"]]
    assert found == ["first", "second"]


@pytest.mark.parametrize(
    "params",
    ["http://127.0.0.1/x", "http://127.0.0.1:99999/x", "file://host/x", "file:x", "https://127.0.0.1:0/x", "http://no.such.:1/"],
)
def test_addresses_that_cannot_be(params: str, tmp_path: Path) -> None:
    with pytest.raises(PysysdigError) as caught:
        opened(params, certificate=str(tmp_path / "none.pem"))
    assert "\n" not in str(caught.value)


@contextmanager
def running(*words: object) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], bytes]]]:
    """The program and what it has printed so far."""
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]), TZ="UTC")
    command = [sys.executable, "-m", "pysysdig", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env) as process:
        printed: list[bytes] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: printed.extend(iter(lambda: process.stdout.read1(), b"")), daemon=True)  # type: ignore[union-attr]
        reader.start()
        try:
            yield process, lambda: b"".join(printed)
            process.wait(30)
            reader.join(30)
        finally:
            process.kill()


def test_on_the_command_line(tmp_path: Path) -> None:
    path = log(tmp_path, audit("before"))
    with running("-r", f"file://{path}", "-p", "%evt.num %ka.verb", "ka.verb!=list") as (process, printed):
        number = 0

        def again() -> bool:
            nonlocal number
            number += 1
            with path.open("ab") as file:
                file.write(lines(audit("list"), audit(f"get{number}")))
            return b"get" in printed()

        until(again)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0 and b"before" not in printed() and b"list" not in printed()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://:99999/k8s-audit", "Port out of range"),
        ("http://127.0.0.1/k8s-audit", "it has no port"),
        ("http://a..b:9/", ""),
        ("http://[::1", "Invalid IPv6"),
    ],
)
def test_addresses_that_are_none(address: str, why: str) -> None:
    with pytest.raises(PysysdigError, match=rf"^{re.escape(address)}: {why}[^\[]*$"):  # no [Errno -2]
        opened(address)
