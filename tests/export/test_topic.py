"""Tables as messages of Kafka."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pysysdig
from pysysdig.errors import UsageError
from pysysdig.export.cells import objects
from pysysdig.export.topic import parsed
from tests.clusters import Cluster

Call = Callable[..., subprocess.CompletedProcess[bytes]]
RULES = "- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n"
FIELDS = ("evt.num", "evt.time", "proc.name", "fd.name")


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_addresses() -> None:
    assert parsed("kafka://a:1,b:2/t") == ("a:1,b:2", "t", {"format": "ndjson"})
    assert parsed("kafka://a/t?format=arrow&key=web%201")[2] == {"format": "arrow", "key": "web 1"}
    for wrong, said in (
        ("kafka:///t", "HOST:PORT/TOPIC"), ("kafka://a", "HOST:PORT/TOPIC"), ("kafka://a/b/c", "HOST:PORT/TOPIC"),
        ("kafka://[/t", "Invalid IPv6"), ("kafka://a/t?fromat=x", "unknown word fromat"),
        ("kafka://a/t?format=avro", "ndjson, arrow"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            parsed(wrong)


def test_rows(cluster: Cluster, root: Path, run_cli: Call) -> None:
    """A message a row, in order, the same as in a file; from Python, too."""
    trace = pysysdig.open(root / "captures" / "demo.scap").filter("evt.type=openat").select(*FIELDS)
    wanted = [line.encode() for line in objects(trace.columns, trace.rows())]
    words = ("--export", f"kafka://{cluster.brokers}/a?key=web1", "--fields", ",".join(FIELDS), "evt.type=openat")
    done = run_cli("-r", str(root / "captures" / "demo.scap"), *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    got = cluster.messages("a", len(wanted))
    assert [m.value() for m in got] == wanted and {m.key() for m in got} == {b"web1"}
    assert trace.write(f"kafka://{cluster.brokers}/b") == len(wanted)
    assert [m.value() for m in cluster.messages("b", len(wanted))] == wanted


def read(pa: Any, cluster: Cluster, rows: int) -> list[Any]:
    """Tables of the messages that hold so many rows."""

    def tables(messages: list[Any]) -> list[Any]:
        return [pa.ipc.open_stream(m.value()).read_all() for m in messages]

    return tables(cluster.until("a", lambda got: sum(map(len, tables(got))) >= rows))


def test_record_batches(cluster: Cluster, root: Path) -> None:
    """Each message stands alone."""
    pa: Any = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    trace = pysysdig.open(root / "captures" / "demo.scap").wide()
    rows = trace.write(f"kafka://{cluster.brokers}/a?format=arrow")
    tables = read(pa, cluster, rows)
    assert pa.concat_tables(tables).equals(pa.Table.from_batches(trace.batches(nested=True, dense=True)))


def test_large_batches_are_several_messages(cluster: Cluster, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa: Any = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    monkeypatch.setattr("pysysdig.export.topic._LARGEST", 30_000)
    trace = pysysdig.open(root / "captures" / "demo.scap").select("evt.num", "evt.args")
    rows = trace.write(f"kafka://{cluster.brokers}/a?format=arrow")
    tables = read(pa, cluster, rows)
    assert len(tables) > 3 and pa.concat_tables(tables)["evt"].combine_chunks().field("num").to_pylist() == [
        number for (number,) in trace.select("evt.num").rows()
    ]


def test_alerts(cluster: Cluster, root: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RULES)
    alerts = pysysdig.open(root / "captures" / "demo.scap").rules(tmp_path / "r.yaml")
    count = alerts.write(f"kafka://{cluster.brokers}/alerts")
    got = [json.loads(m.value()) for m in cluster.messages("alerts", count)]
    assert [(row["rule"], row["num"], row["output"]) for row in got] == [(row[4], row[2], row[8]) for row in alerts.rows()]


def test_settings_of_a_file(cluster: Cluster, root: Path, tmp_path: Path, run_cli: Call) -> None:
    config = tmp_path / "client.properties"
    config.write_text("# for tests\n\nlinger.ms = 1\n")
    capture = str(root / "captures" / "udp.scap")
    url = f"kafka://{cluster.brokers}/a?config={config}"
    assert run_cli("-r", capture, "-n", "3", "--export", url).returncode == 0
    assert len(cluster.messages("a", 3)) == 3
    for text, said in (("linger.ms\n", b"client.properties:1: NAME=VALUE"), ("nosuch=1\n", b"nosuch")):
        config.write_text(text)
        done = run_cli("-r", capture, "--export", url)
        assert done.returncode == 1 and said in done.stderr and b"Traceback" not in done.stderr
    config.unlink()
    assert b"can't read it" in run_cli("-r", capture, "--export", url).stderr


def test_nobody_answers(root: Path, tmp_path: Path, run_cli: Call) -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is not installed")
    config = tmp_path / "client.properties"
    config.write_text("message.timeout.ms=500\n")
    url = f"kafka://127.0.0.1:1/a?config={config}"
    done = run_cli("-r", str(root / "captures" / "udp.scap"), "--export", url)
    assert done.returncode == 1 and done.stderr == b"kafka://127.0.0.1:1/a: Local: Message timed out\n"


def test_topics_do_not_rotate(root: Path, run_cli: Call) -> None:
    done = run_cli("-r", str(root / "captures" / "udp.scap"), "--export", "kafka://127.0.0.1:1/a", "-C", "1")
    assert done.returncode == 1 and b"for files" in done.stderr
