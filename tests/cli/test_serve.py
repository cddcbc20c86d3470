"""`pysysdig serve`: a page, what it asks for, and the end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pysysdig.cli.main import main
from pysysdig.rules.load import load_rules
from pysysdig.viewer.answers import Answers
from tests.cli.test_reporting import RULE, data_in
from tests.conftest import Call


def test_a_capture_is_served_until_the_end(root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "r.yaml"
    rules.write_text(RULE)
    argv = [sys.executable, "-m", "pysysdig", "serve", "--rules", str(rules), str(root / "captures" / "demo.scap")]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stderr is not None
            url = ""
            while not url.startswith("http://127.0.0.1:"):
                url = process.stderr.readline().decode()
                assert url, "it ended"
            port = int(url.split(":")[2].partition("/")[0])

            def get(path: str, **headers: str) -> http.client.HTTPResponse:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", path, headers=headers)
                return connection.getresponse()

            assert get("/").status == 403
            cookie = str(get("/" + url.strip().rpartition("/")[2]).getheader("Set-Cookie")).partition(";")[0]
            page = get("/", Cookie=cookie).read()
            alerts = data_in(page)["alerts"]["items"]
            assert b"connect-src 'self'" in page and alerts
            explained = json.loads(get(f"/explain?rule=Opened&event={alerts[0]['event']}", Cookie=cookie).read())
            assert "fired" in "\n".join(explained["lines"])
        finally:
            process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and b"Traceback" not in rest


def test_without_names_there_is_nothing_to_ask(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--anonymise: the pages alone. Rules are loaded once, for all captures."""
    rules = tmp_path / "r.yaml"
    rules.write_text(RULE)
    asked: list[Answers] = []
    loaded: list[Any] = []

    class Here:
        url = ""

        def __init__(self, answers: Answers, port: int) -> None:
            asked.append(answers)

        def serve(self) -> None:
            """Nobody asks."""

        release = serve

    def loading(*sources: Any, **how: Any) -> Any:
        loaded.append(sources)
        return load_rules(*sources, **how)

    monkeypatch.setattr("pysysdig.rules.load.load_rules", loading)
    monkeypatch.setattr("pysysdig.viewer.server.Server", Here)
    captures = [str(root / "captures" / name) for name in ("demo.scap", "udp.scap")]
    assert main(["serve", "--anonymise", "--rules", str(rules), *captures]) == 0
    (answers,) = asked
    page = answers("/0/", {}).body
    assert data_in(page)["alerts"]["items"] and b"connect-src" not in page
    assert answers("/0/events", {}).status == answers("/0/explain", {}).status == 404
    assert b"demo.scap" not in page and b"demo.scap" not in answers("/", {}).body
    assert len(loaded) == 1


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], b"which captures"),
        (["/nonexistent"], b"/nonexistent"),
        (["-"], b"name up to"),
        (["--port", "70000", "x"], b"--port"),
        (["--filter", "evt.typ=1", "CAPTURE"], b"evt.typ"),
    ],
)
def test_what_cannot_be_is_one_line(root: Path, call_cli: Call, argv: list[str], said: bytes) -> None:
    result = call_cli("serve", *(word.replace("CAPTURE", str(root / "captures" / "demo.scap")) for word in argv))
    assert result.returncode == 1
    assert said in result.stderr and b"Traceback" not in result.stderr
