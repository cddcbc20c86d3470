"""Spark: the same rows and alerts as here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pysysdig
from pysysdig.errors import FilterError, UsageError

pytest.importorskip("pyspark", reason="the extra spark is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
if shutil.which("java") is None:
    pytest.skip("no Java here: Spark does not run", allow_module_level=True)

import pysysdig.spark as fleet  # noqa: E402
from pysysdig.sql.translate import to_sql  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.filterwarnings("ignore::FutureWarning")]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    for key, value in (("showConsoleProgress", "false"), ("port", "0")):
        builder = builder.config(f"spark.ui.{key}", value)
    session = builder.config("spark.sql.session.timeZone", "UTC").config("spark.driver.host", "127.0.0.1").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def fleet_folder(root: Path, tmp_path: Path) -> Path:
    """Traces of two hosts, one of them damaged."""
    for name in ("demo", "udp"):
        shutil.copy(root / "captures" / f"{name}.scap", tmp_path / f"{name}.1.scap")
    (tmp_path / "zcut.1.scap").write_bytes((root / "captures" / "udp.scap").read_bytes()[:-500])
    (tmp_path / "notes.txt").write_text("no capture")
    return tmp_path


def test_events(spark: Any, fleet_folder: Path) -> None:
    frame = fleet.events(spark, [str(fleet_folder)], "evt.type=openat", ["proc.name", "fd.name", "evt.num"])
    got = Counter(
        (r["capture"], r["proc"]["name"], r["fd"]["name"], r["evt"]["num"]) for r in frame.where("damage is null").collect()
    )
    wanted: Counter[tuple[Any, ...]] = Counter()
    for path in sorted(fleet_folder.glob("*.scap")):
        trace = pysysdig.open(path).filter("evt.type=openat").select("proc.name", "fd.name", "evt.num")
        try:
            for row in trace.rows():
                wanted[(path.name, *row)] += 1
        except pysysdig.errors.CaptureError:
            pass
    assert got == wanted
    damage = frame.where("damage is not null").collect()
    assert [(r["host"], r["capture"]) for r in damage] == [("zcut", "zcut.1.scap")] and "zcut" in damage[0]["damage"]


def test_alerts(spark: Any, fleet_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n")
    frame = fleet.alerts(spark, [str(fleet_folder / "demo.1.scap"), str(fleet_folder / "udp.1.scap")], [str(rules)])
    got = Counter((r["capture"], r["rule"], r["output"], r["num"]) for r in frame.collect())
    wanted = Counter(
        (name, row[4], row[8], row[2])
        for name in ("demo.1.scap", "udp.1.scap")
        for row in pysysdig.open(fleet_folder / name).rules(rules).rows()
    )
    assert got == wanted and wanted


def test_functions_of_captures(spark: Any, fleet_folder: Path) -> None:
    import pyarrow as pa

    schema = pa.schema([("n", pa.int64())])

    def count(trace: pysysdig.Trace) -> Iterator[Any]:
        yield pa.RecordBatch.from_pydict({"n": [trace.count()]}, schema=schema)

    frame = fleet.apply(spark, [str(fleet_folder / "demo.1.scap")], count, schema)
    assert [(r["host"], r["n"]) for r in frame.collect()] == [("demo", pysysdig.open(fleet_folder / "demo.1.scap").count())]


@pytest.mark.parametrize(
    "text",
    [
        "proc.name in (cat, bash) and not fd.name startswith /lib",
        "fd.name pmatch (/etc, /usr/lib) or evt.failed = true",
        "not proc.aname = bash and proc.aname[1] exists",
        "fd.name glob '/etc/*.cache' or fd.name icontains LIB",
        "fd.name regex '/etc/.*[a-z]+' and evt.arg.flags contains O_CLOEXEC",
        "fd.net = 127.0.0.0/8 or fd.port = 53",
        "basename(proc.exepath) != val(proc.name) and evt.rawres < 0",
    ],
)
def test_filters_as_sql(spark: Any, root: Path, tmp_path: Path, text: str) -> None:
    made = to_sql(text, "spark")
    assert made.exact
    trace = pysysdig.open(root / "captures")
    trace.select(*made.columns, "evt.num", "evt.rawtime").write(tmp_path / "x.parquet")
    got = spark.read.parquet(str(tmp_path / "x.parquet")).where(made.sql).select("evt.num", "evt.rawtime").collect()
    from pysysdig.events.table import CURRENT
    from pysysdig.events.text import from_user
    from pysysdig.filter import compile_filter

    compiled = compile_filter(from_user(text), CURRENT)
    wanted: list[tuple[int, int]] = []
    for view, sel in trace._feed.views(2):
        hit = compiled.select(view, sel)
        wanted += zip(view.batch.num_of(hit).tolist(), view.batch.ts_of(hit).tolist())
    assert sorted(tuple(row) for row in got) == sorted(wanted)


def test_datasets_are_read(spark: Any, root: Path, tmp_path: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap").wide()
    trace.write_dataset(tmp_path, host="web1")
    frame = spark.read.parquet(str(tmp_path))
    assert frame.where("host = 'web1'").count() == trace.count()
    assert "date" in frame.columns and "hour" in frame.columns


def test_views(spark: Any, root: Path, tmp_path: Path) -> None:
    """The same rows as in DuckDB."""
    from pysysdig.export.feed import Feed
    from pysysdig.sql.catalog import VIEWS
    from pysysdig.sql.query import Query
    from pysysdig.sql.views import create_view

    trace = pysysdig.open(root / "captures" / "demo.scap", root / "captures" / "udp.scap")
    trace.select("rules", "evt.hostname").write(tmp_path / "x.parquet")
    known = trace.select("rules", "evt.hostname").columns
    spark.read.parquet(str(tmp_path / "x.parquet")).createOrReplaceTempView("events")
    queries = {
        "ecs": "select event.sequence, event.category[0] c, process.start s, file.path f, user.id from ecs",
        "ocsf_process_activity": "select metadata.sequence, type_uid, time, process.file.name from ocsf_process_activity",
        "ocsf_file_activity": "select metadata.sequence, type_uid, actor.process.created_time, file.name from ocsf_file_activity",
        "ocsf_network_activity": "select metadata.sequence, status, dst_endpoint.port from ocsf_network_activity",
    }
    assert set(queries) == set(VIEWS)
    for name, query in queries.items():
        spark.sql(create_view(VIEWS[name], "spark", known=known))
        rows = [tuple(row) for row in spark.sql(query.replace("process.start s", "unix_micros(process.start) s")).collect()]
        text = query.replace("[0]", "[1]").replace("process.start s", "epoch_us(process.start) s")
        wanted = Query(Feed((str(tmp_path / "x.parquet"),))).run(text).fetchall()
        assert rows and sorted(rows, key=repr) == sorted(wanted, key=repr)


def test_mistakes_are_said_here(spark: Any, root: Path) -> None:
    with pytest.raises(FilterError):
        fleet.events(spark, [str(root / "captures")], "evt.tpe=x")
    with pytest.raises(UsageError, match="no captures there"):
        fleet.events(spark, ["/nosuch/*.pscap"])
    with pytest.raises(FilterError):
        fleet.events(spark, [str(root / "captures")], fields=["proc.nam"])


def test_backtests(spark: Any, fleet_folder: Path, tmp_path: Path) -> None:
    """The same outcome as here: alerts, differences with their causes, damage."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.meanings import Draft
    from pysysdig.cli.rule_commands.rule_sets import variants
    from pysysdig.workbench.backtest.formats import FORMATS
    from pysysdig.workbench.backtest.run import backtest
    from pysysdig.workbench.backtest.traces import traces
    from tests.workbench.conftest import EXCEPTION, SHADOWED

    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(SHADOWED)
    second.write_text(SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1))
    draft = Draft()
    draft.values["rules.files"] = (str(first),)
    config = alert_config(job_of(draft))
    tried = variants(draft, config, [[str(second)]])
    paths = [path for path in traces([str(fleet_folder)]) if path.endswith(".scap")]
    here = backtest(tried, paths, config)
    first.unlink()  # workers have no rule files
    second.unlink()
    there = fleet.backtest(spark, tried, paths, config)
    assert there == here and here.kinds() and any(result.error for result in here.results)
    remote = fleet.backtest(spark, tried, [f"file://{path}" for path in paths], config)
    assert FORMATS["json"](remote).replace("file://", "") == FORMATS["json"](here)


def test_a_backtest_from_the_command_line(fleet_folder: Path, tmp_path: Path, root: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n")
    words = ["rules", "backtest", "--rules", str(rules), str(fleet_folder / "demo.1.scap"), "-f", "csv"]
    env = {**os.environ, "PYTHONPATH": str(root), "SPARK_LOCAL_IP": "127.0.0.1"}
    outputs = []
    for more in ([], ["--engine", "spark"]):
        done = subprocess.run([sys.executable, "-m", "pysysdig", *words, *more], capture_output=True, env=env, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1] != b""
    env["JAVA_HOME"], env["PATH"] = str(tmp_path), str(tmp_path)
    done = subprocess.run([sys.executable, "-m", "pysysdig", *words, *more], capture_output=True, env=env, timeout=300)
    assert done.returncode == 2 and b"spark does not start" in done.stderr and b"Traceback" not in done.stderr


def blocks(root: Path) -> list[str]:
    """The examples of docs/fleet.md."""
    return re.findall(r"```python\n(.*?)```", (root / "docs" / "fleet.md").read_text(), re.S)


def test_the_worked_example(root: Path, fleet_folder: Path, tmp_path: Path) -> None:
    """The example of docs/fleet.md as it stands, on traces of ten hosts."""
    archive = tmp_path / "archive"
    archive.mkdir()
    for i in range(10):
        shutil.copy(root / "captures" / ("udp.scap" if i % 2 else "demo.scap"), archive / f"web{i}.scap")
    rules = tmp_path / "rules.yaml"
    rules.write_text("- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n")
    code = blocks(root)[0]
    env = {**os.environ, "PYTHONPATH": str(root), "ARCHIVE": str(archive), "RULES": str(rules), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    for i in range(10):
        assert re.search(rf"web{i}\|opens\|Informational", done.stdout.replace(" ", ""))


def test_the_stream(spark: Any, root: Path, tmp_path: Path) -> None:
    """The messages of a topic, as docs/fleet.md reads them. Spark's package for Kafka is not here: what a consumer of the topic
    gets is handed to Spark's stream as lines of files."""
    pytest.importorskip("confluent_kafka", reason="the extra kafka is not installed")
    from tests.clusters import Cluster

    fields = ["evt.time", "evt.hostname", "proc.name", "fd.name", "evt.res"]
    trace = pysysdig.open(root / "captures" / "demo.scap").filter("evt.type in (open, openat)").select(*fields)
    cluster = Cluster()
    count = trace.write(f"kafka://{cluster.brokers}/opens")
    (tmp_path / "topic").mkdir()
    lines = b"".join(message.value() + b"\n" for message in cluster.messages("opens", count))
    (tmp_path / "topic" / "part.txt").write_bytes(lines)
    _, source, rest = blocks(root)
    compile(source, "docs/fleet.md", "exec")
    names: dict[str, Any] = {"spark": spark, "raw": spark.readStream.text(str(tmp_path / "topic"))}
    exec(rest, names)  # noqa: S102
    assert names["fields"] == fields
    for name, mode in (("opens", "append"), ("failed", "complete")):
        query = names[name].writeStream.format("memory").queryName(name).outputMode(mode).trigger(availableNow=True).start()
        query.awaitTermination(300)
        assert query.exception() is None
    opens = [tuple(row) for row in spark.table("opens").collect()]
    wanted = list(trace.rows())
    assert [(row[0].timestamp(), *row[1:]) for row in opens] == [(row[0].timestamp(), *row[1:]) for row in wanted]
    failed = Counter((row[2], row[4]) for row in wanted if row[4] not in (None, "SUCCESS"))
    got: Counter[tuple[str, str]] = Counter()
    for row in spark.table("failed").collect():
        got[row[1], row[2]] += row["count"]
    assert got == failed and failed
