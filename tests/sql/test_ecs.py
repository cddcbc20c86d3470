"""The view `ecs` says what the Elastic Common Schema calls so, in its types."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.sql.ecs import ECS, VERSION

# of elastic/ecs v9.4.0, generated/csv/fields.csv: the type and normalization of the fields that the view has
PUBLISHED = {
    "date": """
        @timestamp process.start
    """,
    "keyword": """
        ecs.version event.kind event.module event.dataset event.action event.outcome host.hostname error.code
        process.name process.executable process.working_directory process.parent.name user.id user.name group.id
        group.name container.id container.name container.runtime container.image.name orchestrator.type
        orchestrator.namespace orchestrator.resource.type orchestrator.resource.name file.path file.name
        file.directory file.type network.transport network.type network.direction
    """,
    "keyword[]": """
        event.category event.type
    """,
    "long": """
        event.sequence event.duration process.pid process.vpid process.thread.id process.session_leader.pid
        process.parent.pid source.port destination.port
    """,
    "wildcard": """
        process.command_line process.parent.command_line
    """,
    "boolean": """
        container.security_context.privileged
    """,
    "ip": """
        source.ip destination.ip
    """,
}
# of schemas/event.yml there: the types of events that are expected in a category
EXPECTED = {
    "file": {"access", "change", "creation", "deletion", "info"},
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "process": {"access", "change", "end", "info", "start"},
}
IN_DUCKDB = {
    "date": "TIMESTAMP WITH TIME ZONE", "keyword": "VARCHAR", "wildcard": "VARCHAR", "ip": "VARCHAR", "long": "BIGINT",
    "boolean": "BOOLEAN", "keyword[]": "VARCHAR[]",
}  # fmt: skip


def published() -> dict[str, str]:
    return {path: kind for kind, paths in PUBLISHED.items() for path in paths.split()}


def test_all_fields_are_published_ones() -> None:
    assert VERSION == "9.4.0"
    assert {field.path for field in ECS.fields} == set(published())


def test_types(root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures" / "udp.scap")
    for path, kind in published().items():
        written = ".".join(f'"{name}"' for name in path.split("."))
        (got,) = trace.sql(f"select any_value(typeof({written})) from ecs").fetchone()
        assert got == IN_DUCKDB[kind] or (kind == "long" and got == "INTEGER"), path


def test_categories_and_types(root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures")
    pairs = trace.sql("select distinct event.category[1], event.type[1], event.outcome from ecs").fetchall()
    assert {category for category, _, _ in pairs} == {*EXPECTED, None}
    for category, kind, outcome in pairs:
        assert (category is None) == (kind is None) and outcome in ("success", "failure", "unknown")
        assert category is None or kind in EXPECTED[category]


def test_values_are_those_of_the_events(root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures" / "demo.scap")
    query = "select event.sequence, process.name, process.parent.pid, event.action from ecs where event.action = 'openat'"
    wanted = trace.filter("evt.type = openat and evt.dir = <").select("evt.num", "proc.name", "proc.ppid", "evt.type")
    assert trace.sql(query).fetchall() == list(wanted.rows())
