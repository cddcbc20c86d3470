"""Alerts in Elasticsearch."""

from __future__ import annotations

import json

import pytest

from pysysdig.alerts.outputs.base import Refused
from pysysdig.errors import PysysdigError
from tests.alerts.outputs.sending import ALERT, made, posted
from tests.service.peers import web_peer


def test_several_at_once() -> None:
    (request,) = posted("elasticsearch", {"apikey": "k", "pipeline": "p"}, "hostport", ALERT, ALERT._replace(uuid="2", time=0))
    assert (
        request.path == "/_bulk?filter_path=errors,items.*.status,items.*.error&pipeline=p"
        and request.headers["Authorization"] == "APIKey k"
    )
    lines = list(map(json.loads, request.body.splitlines()))
    assert lines[0] == {"create": {"_index": "falco-2019.05.17", "_id": "6f1c"}}
    assert lines[1]["@timestamp"] == lines[1]["time"] == "2019-05-17T15:31:56.746609Z"
    assert lines[1]["output_fields"]["proc.pid"] == 77
    assert lines[2] == {"create": {"_index": "falco-1970.01.01", "_id": "2"}} and request.body.endswith(b"}\n")


@pytest.mark.parametrize(
    ("suffix", "index"), [("monthly", "x-2019.05"), ("annually", "x-2019"), ("none", "x"), ("daily", "x-2019.05.17")]
)
def test_the_index(suffix: str, index: str) -> None:
    section = {"index": "x", "suffix": suffix, "flattenfields": "true", "username": "u", "password": "p"}
    (request,) = posted("elasticsearch", section, "hostport")
    first, second = map(json.loads, request.body.splitlines())
    assert first["create"]["_index"] == index and "k8s_ns_name" in second["output_fields"]
    assert request.headers["Authorization"] == "Basic dTpw"


def test_an_answer_about_many_documents_is_read_to_its_end() -> None:
    """And what does not say what has become of them is no success."""
    items = [{"create": {"status": 400, "error": {"reason": "x" * 300}}}] * 499 + [{"create": {"status": 429}}]
    with web_peer() as peer:
        peer.answers += [
            (200, json.dumps({"errors": True, "items": items}).encode()),
            (200, b"<html>welcome</html>"),
            (200, b"[]"),
        ]
        output = made("elasticsearch", {"hostport": peer.url})
        for why in ("busy", "does not say", "does not say"):
            with pytest.raises(PysysdigError, match=why) as caught:
                output.send([ALERT] * 500, [""] * 500)
            assert not isinstance(caught.value, Refused)
        output.close()


@pytest.mark.parametrize(
    ("status", "what"), [(201, None), (409, None), (429, PysysdigError), (503, PysysdigError), (400, Refused)]
)
def test_what_is_said_of_each_document(status: int, what: type[PysysdigError] | None) -> None:
    items = [{"create": {"status": 201}}, {"create": {"status": status, "error": {"type": "e"}}}]
    with web_peer() as peer:
        peer.answers.append((200, json.dumps({"errors": status >= 300, "items": items}).encode()))
        output = made("elasticsearch", {"hostport": peer.url})
        if what is None:
            output.send([ALERT, ALERT], ["", ""])
        else:
            with pytest.raises(what) as caught:
                output.send([ALERT, ALERT], ["", ""])
            assert type(caught.value) is what
        output.close()
