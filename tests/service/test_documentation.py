"""docs/service.md: the commands that it shows work, and what it names is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
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


def tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


@pytest.fixture
def managed(tmp_path: Path, root: Path) -> tuple[dict[str, str], Path]:
    """An environment in which the commands of the text are there, and the file that a tool is to put in place."""
    (tmp_path / "falco" / "rules.d").mkdir(parents=True)
    (tmp_path / "falco" / "falco_rules.yaml").write_text(RULE.format("A"))
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pysysdig"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -m pysysdig "$@"\n')
    program.chmod(0o755)
    paths = f"{tmp_path}/bin:{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": paths,
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }, tmp_path / "falco" / "rules.d" / "local.yaml"


def example(begin: str, tmp_path: Path) -> str:
    """The block of the text that begins so, with a folder in place of /etc/falco."""
    found = re.search(rf"(?m)^    {re.escape(begin)}.*(?:\n    .*)*", TEXT)
    assert found is not None
    return textwrap.dedent(found[0]).replace("/etc/falco", f"{tmp_path}/falco") + "\n"


def put_in_place(run: Callable[[], subprocess.CompletedProcess[str]], source: Path, target: Path) -> None:
    """Rules that are right are put in place, others are not."""
    source.write_text(RULE.format("B"))
    done = run()
    assert (done.returncode, target.exists()) == (0, True), done.stdout + done.stderr
    assert target.read_text() == source.read_text()
    source.write_text("- rule: C\n  condition: no.such=1\n")
    done = run()
    assert done.returncode != 0 and target.read_text() == RULE.format("B"), done.stdout + done.stderr


def test_the_example_for_ansible(managed: tuple[dict[str, str], Path], tmp_path: Path) -> None:
    program, (env, target) = tool("ansible-playbook"), managed
    tasks = textwrap.indent(example("- copy:", tmp_path), "    ")
    head = "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n"
    (tmp_path / "play.yaml").write_text(head + tasks)
    words = [program, "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", f"{tmp_path}/play.yaml"]
    put_in_place(
        lambda: subprocess.run(words, env=env, capture_output=True, text=True, timeout=600, check=False),
        tmp_path / "local.yaml",
        target,
    )


def test_the_example_for_salt(managed: tuple[dict[str, str], Path], tmp_path: Path) -> None:
    program, (env, target) = tool("salt-call"), managed
    (tmp_path / "states" / "falco").mkdir(parents=True)
    (tmp_path / "states" / "rules.sls").write_text(example(f"/etc/falco/rules.d/{target.name}:", tmp_path))
    settings = {"root_dir": str(tmp_path / "salt"), "file_roots": {"base": [str(tmp_path / "states")]}, "file_client": "local"}
    (tmp_path / "minion").write_text(json.dumps(settings))
    words = [program, "--local", "--retcode-passthrough", f"--config-dir={tmp_path}", "state.apply", "rules"]
    put_in_place(
        lambda: subprocess.run(words, env=env, capture_output=True, text=True, timeout=600, check=False),
        tmp_path / "states" / "falco" / "local.yaml",
        target,
    )


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
