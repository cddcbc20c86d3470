"""Alerts as falcosidekick forwards them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.alerts.forward import encoded, forwarded, pairs, plain, rfc3339, slug, wanted
from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.errors import UsageError
from tests.alerts.outputs.sending import ALERT, FORWARDED, made


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def test_the_object() -> None:
    found = forwarded(ALERT)
    assert (
        found == FORWARDED
        and list(found) == list(FORWARDED)
        and list(found["output_fields"]) == sorted(FORWARDED["output_fields"])
    )
    bare = forwarded(ALERT._replace(tags=(), hostname="", source=INTERNAL))
    assert "tags" not in bare and "hostname" not in bare and bare["output"] == ALERT.text


def test_json_as_go_writes_it() -> None:
    assert encoded({"a": "<&>\u2028ö", "b": [1, None]}) == b'{"a":"\\u003c\\u0026\\u003e\\u2028\xc3\xb6","b":[1,null]}\n'
    assert json.loads(encoded(FORWARDED)) == FORWARDED


@pytest.mark.parametrize(
    ("ns", "want"),
    [(0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000000001Z"), (10**9 + 5 * 10**8, "1970-01-01T00:00:01.5Z")],
)
def test_times(ns: int, want: str) -> None:
    assert rfc3339(ns) == want


@pytest.mark.parametrize(
    ("section", "want"),
    [
        ({"minimumpriority": "error"}, True), ({"minimumpriority": "critical"}, False), ({"rules": "Other, My*"}, True),
        ({"rules": ["Other"]}, False), ({"tags": ["a"]}, True), ({"tags": "c"}, False), ({"sources": "syscall"}, True),
        ({"sources": ["k8s_audit"]}, False), ({"fields": {"k8s.ns.name": "sh*"}}, True),
        ({"fields": {"k8s.ns.name": "sh*", "proc.pid": "78"}}, False), ({"fields": {"no.such": "x*"}}, False),
        ({"minimumpriority": "debug", "rules": "My*", "tags": "a,b"}, True),
    ],
)  # fmt: skip
def test_which_alerts_are_wanted(section: dict[str, Any], want: bool) -> None:
    fits = wanted(section, "x")
    assert fits is not None and fits(ALERT) is want


def test_all_of_them_unless_something_is_said() -> None:
    assert wanted({"minimumpriority": "", "webhookurl": "x"}, "x") is None
    with pytest.raises(UsageError, match="minimumpriority is loud"):
        wanted({"minimumpriority": "loud"}, "x")


def test_custom_fields_and_tags() -> None:
    output = made("webhook", {"address": "http://x", "customfields": "site:b,k8s.ns.name:y", "customtags": "z,a"})
    assert output.completed(ALERT).fields == {**ALERT.fields, "site": "b", "k8s.ns.name": "y"}
    assert output.completed(ALERT).tags == ("a", "b", "z")
    assert made("webhook", {"address": "http://x"}).completed(ALERT) is ALERT


def test_small_things() -> None:
    assert pairs({"a": "b"}) == pairs(" a : b ,x") == {"a": "b"} and slug("My rule, 1!") == "my_rule_1"
    assert [plain(value) for value in ("x", None, 5, ["a"], True)] == ["x", "", "5", '["a"]', "true"]


def test_certificates() -> None:
    tls = made("webhook", {"address": "https://x", "checkcert": "false", "mutualtls": "true"}).tls()
    assert tls.insecure and (tls.ca_file, tls.cert, tls.key) == tuple(
        f"/etc/certs/{n}" for n in ("ca.crt", "client.crt", "client.key")
    )
    section = {"address": "https://x", "tlsclient": {"cacertfile": "/a"}, "mutualtlsclient": {"certfile": "/c"}}
    tls = made("webhook", section).tls()
    assert not tls.insecure and (tls.ca_file, tls.cert) == ("/a", "")


def test_what_cannot_be_chosen() -> None:
    with pytest.raises(UsageError, match="x: method is DELETE; there are POST, PUT"):
        made("webhook", {"address": "http://x", "method": "DELETE"}, "x")
    assert isinstance(ALERT, Alert)
