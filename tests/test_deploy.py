"""The examples in deploy/: those who will read them find nothing wrong, and they name only what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from pysysdig.alerts.model import Alert
from pysysdig.rules.config_tree import read
from pysysdig.rules.yamldoc import Document
from pysysdig.service import metrics
from pysysdig.service.config import ServiceConfig
from pysysdig.service.delivery import planned
from pysysdig.service.keys import deviations
from tests.service.services import Machine, Start, start

__all__ = ["start"]


def checked(*words: object) -> str:
    program = shutil.which(str(words[0]))
    if program is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([program, *map(str, words[1:])], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_prometheus_reads_its_files(root: Path) -> None:
    folder = root / "deploy" / "prometheus"
    assert "7 rules found" in checked("promtool", "check", "rules", folder / "alerts.yml")
    checked("promtool", "check", "config", folder / "scrape.yml")


def test_systemd_reads_the_unit(root: Path, tmp_path: Path) -> None:
    text = (root / "deploy" / "systemd" / "pysysdig.service").read_text()
    (tmp_path / "pysysdig.service").write_text(text.replace("/usr/bin/pysysdig", "/bin/true"))
    said = checked("systemd-analyze", "verify", "--man=no", tmp_path / "pysysdig.service")
    assert "pysysdig.service" not in said


def test_only_metrics_that_there_are(root: Path, start: Start) -> None:
    service = start()
    service.opened(None, "x")
    service.send([Alert(1, 5, "R", "syscall", (), "box", "t", {})])
    known = set(re.findall(r"^# TYPE (\S+)", metrics.page(service), re.MULTILINE))
    service.live = Machine()
    known |= set(re.findall(r"^# TYPE (\S+)", metrics.page(service), re.MULTILINE))
    for path in (root / "deploy" / "prometheus" / "alerts.yml", root / "deploy" / "grafana" / "pysysdig.json"):
        named = set(re.findall(r"\b((?:pysysdig_|falcosecurity_)[a-z0-9_]+)", path.read_text()))
        assert {re.sub("_bucket$", "", name) for name in named} <= known and len(named) > 3


def test_the_example_of_the_package(root: Path) -> None:
    text = (root / "deploy" / "systemd" / "falco.yaml").read_text()
    assert [line for node in Document(text.encode()).read() for line in deviations(node)] == []
    config = ServiceConfig(yaml.load(text, yaml.BaseLoader))
    assert not config.unserved and [plan.name for plan in planned(config)] == ["file", "journald"]


def test_the_dashboard_is_one(root: Path) -> None:
    board = json.loads((root / "deploy" / "grafana" / "pysysdig.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) and board["uid"] == "pysysdig"


def test_docker_compose_reads_its_file(root: Path) -> None:
    said = checked("docker-compose", "-f", root / "deploy" / "compose" / "docker-compose.yml", "config")
    assert set(yaml.safe_load(said)["services"]) == {"pysysdig", "prometheus"}


def test_the_schemas_of_kubernetes_know_all_of_it(root: Path) -> None:
    known = pytest.importorskip("kubernetes_validate", reason="the Python package kubernetes-validate is not installed")
    for document in yaml.safe_load_all((root / "deploy" / "kubernetes" / "daemonset.yaml").read_text()):
        known.validate(document, known.latest_version(), strict=True)


def test_kubernetes_and_compose(root: Path) -> None:
    config, pods = yaml.safe_load_all((root / "deploy" / "kubernetes" / "daemonset.yaml").read_text())
    text = config["data"]["falco.yaml"]
    assert [line for node in Document(text.encode()).read() for line in deviations(node)] == []
    ServiceConfig(yaml.load(text, yaml.BaseLoader))
    (container,) = pods["spec"]["template"]["spec"]["containers"]
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pods["spec"]["template"]["spec"]["volumes"]}
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    compose = yaml.safe_load((root / "deploy" / "compose" / "docker-compose.yml").read_text())
    assert compose["services"]["pysysdig"]["pid"] == "host"
    read(str(root / "deploy" / "compose" / "prometheus.yml"))
