"""Alerts through Apprise."""

from __future__ import annotations

import json
import sys

import pytest

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import MissingExtra
from tests.alerts.outputs.sending import ALERT, made
from tests.service.peers import web_peer


def test_a_service() -> None:
    pytest.importorskip("apprise", reason="the Python package apprise is not installed")
    with web_peer() as peer:
        output = made("apprise", {"urls": [peer.url.replace("http://", "json://")]})
        output.send([ALERT], [""])
        found = json.loads(peer.bodies[0])
        assert found["title"] == "Error: My rule, 1" and found["type"] == "failure" and "below" in found["message"]
        peer.answers.append((500, b""))
        with pytest.raises(PysysdigError, match="^apprise: not every service"):
            output.send([ALERT], [""])
    with pytest.raises(UsageError, match="apprise: nonsense: is not a URL"):
        made("apprise", {"urls": "nonsense://x"})


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtra, match=r"pysysdig\[apprise\]"):
        made("apprise", {"urls": "json://x"})
