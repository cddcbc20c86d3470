"""Alerts as mail."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from pysysdig.alerts.outputs.base import Refused
from pysysdig.errors import PysysdigError, UsageError
from tests.alerts.outputs.sending import ALERT, made
from tests.service.peers import free_port

SECTION = {"from": "a@x", "to": "b@x, c@x", "tls": "false"}


class Keeps:
    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.got.append(envelope)
        return self.answer


@pytest.fixture
def server() -> Iterator[tuple[Keeps, int]]:
    controller = pytest.importorskip("aiosmtpd.controller", reason="the Python package aiosmtpd is not installed")
    handler, port = Keeps(), free_port()
    running = controller.Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    running.start()
    yield handler, port
    running.stop()


def test_a_mail(server: tuple[Keeps, int]) -> None:
    handler, port = server
    made("smtp", {**SECTION, "hostport": f"127.0.0.1:{port}"}).send([ALERT], [""])
    (envelope,) = handler.got
    assert envelope.rcpt_tos == ["b@x", "c@x"] and envelope.mail_from == "a@x"
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"].startswith("[Error] ") and mail["Subject"].endswith("Error below second")
    assert mail["Message-ID"] == "<6f1c@pysysdig>"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and page is not None
    words = text.get_content().splitlines()
    assert {"Rule: My rule, 1", "--Fields--", "proc.pid: 77"} <= set(words)
    assert "/bin/&lt;hack&gt;" in page.get_content()


def test_nothing_of_an_alert_is_a_header(server: tuple[Keeps, int]) -> None:
    handler, port = server
    evil = ALERT._replace(text="x\r\nBcc: evil@x\r\n\r\nbody", rule="r\nX-Evil: 1")
    made("smtp", {**SECTION, "hostport": f"127.0.0.1:{port}", "outputformat": "text"}).send([evil], [""])
    mail = message_from_bytes(handler.got[0].content, policy=policy.default)
    assert mail["Bcc"] is None and mail["X-Evil"] is None and not mail.is_multipart()


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("554 never", False)])
def test_what_an_answer_means(server: tuple[Keeps, int], answer: str, again: bool) -> None:
    handler, port = server
    handler.answer = answer
    with pytest.raises(PysysdigError, match=answer) as caught:
        made("smtp", {**SECTION, "hostport": f"127.0.0.1:{port}"}).send([ALERT], [""])
    assert isinstance(caught.value, Refused) is not again


def test_what_does_not_work(server: tuple[Keeps, int]) -> None:
    _, port = server
    with pytest.raises(PysysdigError, match="STARTTLS"):
        made("smtp", {**SECTION, "hostport": f"127.0.0.1:{port}", "tls": "true"}).send([ALERT], [""])
    with pytest.raises(PysysdigError, match="refused"):
        made("smtp", {**SECTION, "hostport": f"127.0.0.1:{free_port()}"}).send([ALERT], [""])
    with pytest.raises(UsageError, match="no to"):
        made("smtp", {"hostport": "x:1", "from": "a"})
