"""docs/service.md: the commands that it shows work, and what it names is there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from pysysdig.alerts.outputs import OUTPUTS, SERVICES
from pysysdig.service.keys import KEYS
from tests.conftest import Call
from tests.service.services import RULE, Start, get, start

__all__ = ["start"]
TEXT = (Path(__file__).parents[2] / "docs" / "service.md").read_text()
COMMANDS = re.findall(r"^    \$ (.*)$", TEXT, re.MULTILINE)
OURS = [words for words in COMMANDS if words.startswith("pysysdig ")]
PAGES = [words.rpartition(":8765")[2] for words in COMMANDS if words.startswith("curl ")]


def test_every_command_is_tried_or_the_systems() -> None:
    others = {words.split()[0] for words in COMMANDS} - {"pysysdig", "curl"}
    assert others == {"systemctl"} and len(OURS) >= 4 and len(PAGES) >= 3


@pytest.mark.parametrize("words", OURS)
def test_commands(words: str, call_cli: Call, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a configuration in place of /etc/falco."""
    (tmp_path / "falco_rules.yaml").write_text(RULE.format("A"))
    (tmp_path / "falco.yaml").write_text(f"rules_files: [{tmp_path}/falco_rules.yaml]\nstdout_output: {{enabled: true}}\n")
    monkeypatch.setattr("pysysdig.cli.service.CONFIG", f"{tmp_path}/falco.yaml")
    monkeypatch.chdir(root)
    done = call_cli(*shlex.split(words.replace("/etc/falco", str(tmp_path)))[1:])
    assert done.returncode == 0, done


@pytest.mark.parametrize("path", PAGES)
def test_pages(path: str, start: Start) -> None:
    options = ["webserver.enabled=true", "webserver.listen_port=0", "webserver.prometheus_metrics_enabled=true"]
    service = start(*options, "metrics.enabled=true")
    service.opened(None, "x")
    assert service.servers.web is not None
    status, kind, body = get(service.servers.web.port, path)
    assert status == 200 and (json.loads(body) if kind == "application/json" else body.startswith("# HELP"))


def test_all_outputs_and_all_keys_of_ours_are_told_of() -> None:
    for name in [row.name for row in OUTPUTS] + [service.section for service in SERVICES]:
        assert name in TEXT, name
    for key in KEYS:
        if key.path.startswith("pysysdig."):
            section, _, last = key.path.rpartition(".")
            assert key.path in TEXT or (section.rpartition(".")[2] in TEXT and re.search(rf"\b{last}\b", TEXT)), key.path
