"""Services that tests start within their process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pysysdig.cli.serving import compiled
from pysysdig.service.daemon import Service
from pysysdig.settings import RuleSettings

RULE = "- rule: {}\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n"
Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(*options) is a service with a rule A whose alerts go to the file `alerts`; it has no events."""
    (tmp_path / "r.yaml").write_text(RULE.format("A"))
    (tmp_path / "f.yaml").write_text(
        f"log_syslog: false\nlog_stderr: true\njson_output: true\nrules_files: [{tmp_path}/r.yaml]\n"
        f"file_output: {{enabled: true, filename: {tmp_path}/alerts}}\npysysdig: {{spool: {{path: {tmp_path}/spool.db}}}}\n"
    )
    made: list[Service] = []

    def begin(*options: str) -> Service:
        service = Service(f"{tmp_path}/f.yaml", options, (), lambda config: compiled(RuleSettings(), config), recording=False)
        made.append(service)
        return service

    yield begin
    for service in made:
        service.close()


class Machine:
    """A live capture, as far as a service asks about one."""

    behind = 0.25
    drops = 7
    drops_by_cpu: ClassVar[list[int]] = [5, 2]
    seen = 1007
    seen_by_cpu: ClassVar[list[int]] = [900, 107]
    program_runs: ClassVar[dict[str, tuple[int, int]]] = {"sys_exit": (1000, 250_900), "sched_p_exec": (0, 0)}


def alerts(tmp_path: Path) -> list[dict[str, Any]]:
    """What is in the file."""
    path = tmp_path / "alerts"
    return [json.loads(line) for line in path.open()] if path.exists() else []


def get(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, type and body of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def rewrite(path: Path, text: str) -> None:
    """Another content at once: who reads never sees a part of it."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    if path.exists():
        new.chmod(path.stat().st_mode)
    new.replace(path)
