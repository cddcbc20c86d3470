"""Alerts posted as falcosidekick's JSON."""

from __future__ import annotations

import pytest

from pysysdig.alerts.outputs.base import Refused
from pysysdig.errors import PysysdigError
from tests.alerts.outputs.sending import ALERT, FORWARDED, document, made, posted
from tests.service.peers import web_peer


def test_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    one, two = posted("webhook", {"method": "PUT", "customheaders": "X-A:b"}, "address", ALERT, ALERT._replace(uuid="2"))
    assert document(one) == FORWARDED and document(two)["uuid"] == "2" and one.method == "PUT"
    assert one.headers["Content-Type"] == "application/json; charset=utf-8" and one.headers["User-Agent"] == "Falcosidekick"
    assert one.headers["X-A"] == "b" and one.headers["Idempotency-Key"] == "6f1c" and one.body.endswith(b"}\n")


@pytest.mark.parametrize(("status", "again"), [(500, True), (429, True), (400, False), (403, True)])
def test_what_an_answer_means(status: int, again: bool) -> None:
    with web_peer() as peer:
        peer.answers.append((status, b"why"))
        output = made("webhook", {"address": peer.url})
        with pytest.raises(PysysdigError, match="webhook: .*: why") as caught:
            output.send([ALERT], [""])
        assert isinstance(caught.value, Refused) is not again
        output.close()
