"""`pysysdig schema`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from pysysdig.export.schema import leaves

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def test_all_columns(run_cli: Call) -> None:
    lines = run_cli("schema").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == list(leaves())
    listed = json.loads(run_cli("schema", "-j").stdout)
    assert listed["version"] == 1 and [c["column"] for c in listed["columns"]] == list(leaves())


def test_ddl(run_cli: Call) -> None:
    made = run_cli("schema", "--ddl", "duckdb", "--fields", "proc.name").stdout
    assert made == b'CREATE TABLE events (\n  "proc" STRUCT("name" VARCHAR)\n);\n'
    done = run_cli("schema", "--ddl", "nosuch")
    assert done.returncode == 1 and b"there are duckdb, spark, clickhouse, trino" in done.stderr


def test_views(run_cli: Call) -> None:
    made = run_cli("schema", "--view", "ecs").stdout.decode()
    assert made.startswith("CREATE OR REPLACE TEMPORARY VIEW ecs AS SELECT") and made.count("CREATE") == 1
    assert run_cli("schema", "--view", "ocsf", "--ddl", "spark").stdout.count(b"VIEW ocsf_") == 3
    assert b"proc.cmdline" not in run_cli("schema", "--view", "ecs", "--fields", "safe").stdout
    for words, said in ((("--view", "cim"), b"there are ecs, ocsf"), (("--view", "ecs", "--ddl", "trino"), b"duckdb, spark")):
        done = run_cli("schema", *words)
        assert done.returncode == 1 and said in done.stderr


def test_other_sources(run_cli: Call) -> None:
    lines = [line.split() for line in run_cli("schema", "--fields", "k8s_audit").stdout.decode().splitlines()]
    assert ["ka.user_groups", "texts", "wide", "ka.user.groups"] in lines
    listed = json.loads(run_cli("schema", "--fields", "ka.verb", "-j").stdout)["columns"]
    assert listed[0]["description"].startswith("What is done")
