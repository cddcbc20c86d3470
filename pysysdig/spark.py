"""Captures of many hosts with Spark: each file is a task, replayed where it lies; what comes back are ordinary data frames.

    import pysysdig.spark

    df = pysysdig.spark.events(spark, ["/archive/*.pscap"], "evt.type=openat", ["proc.name", "fd.name"])
    alerts = pysysdig.spark.alerts(spark, ["/archive/*.pscap"], ["falco_rules.yaml"])

Workers need this package (and pyarrow). Paths are what fsspec understands (s3://, hdfs://, gs:// with its packages); a remote
file is copied to the worker's temporary folder while it is read. What is wrong with a capture is a row with the column `damage`;
the others count.
"""

from __future__ import annotations

import glob
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pysysdig.api.alerts import Alerts
from pysysdig.api.trace import Trace
from pysysdig.errors import CaptureError, PysysdigError, UsageError
from pysysdig.events.text import from_user
from pysysdig.export.feed import Feed
from pysysdig.export.schema import columns
from pysysdig.extras import require

if TYPE_CHECKING:
    from pysysdig.api.table import Table
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.model import RuleSet
    from pysysdig.workbench.backtest.model import Outcome, Variant

_TASKS = 4  # for each of Spark's cores, of a backtest: rules are compiled once a task
# of a capture: what its rows begin with
_HEAD = ("host", "capture", "damage")


def events(
    spark: Any,
    paths: Iterable[str],
    filter: str = "",
    fields: Sequence[str] = ("wide",),
    *,
    calls: bool = False,
) -> Any:
    """The events of captures as a data frame: `host`, `capture`, `damage`, and structs `proc`, `fd` ... (docs/data.md).

    filter   sysdig's, applied before anything reaches Spark
    fields   columns and sets of them
    calls    one row a call, as Falco's rules see them

    Raises FilterError, UsageError at once, MissingExtra."""
    feed = Feed(filter=from_user(filter), calls=calls)
    feed.check()
    trace = Trace(feed, tuple(columns(fields, calls=calls)))
    return _frame(spark, paths, _Job(trace), trace.schema(nested=True, dense=True))


def alerts(spark: Any, paths: Iterable[str], rules: Sequence[str]) -> Any:
    """The alerts of Falco's rules as a data frame: `host`, `capture`, `damage`, and the columns of pysysdig.Alerts. The rules are
    read here and sent to the workers. Raises PysysdigError if they do not load, MissingExtra."""
    table = Alerts(Feed(), tuple(rules))
    return _frame(spark, paths, _Job(table), table.schema(dense=True))


def apply(spark: Any, paths: Iterable[str], function: Callable[[Trace], Iterator[Any]], schema: Any) -> Any:
    """A data frame of what `function` gives for each capture: it gets its Trace and yields pyarrow.RecordBatch objects of
    `schema` (a pyarrow.Schema). Raises MissingExtra."""
    return _frame(spark, paths, _Applied(function), schema)


def backtest(
    spark: Any, variants: Sequence[Variant], paths: Iterable[str], config: RuleConfig, *, costs: bool = False
) -> Outcome:
    """pysysdig.workbench.backtest.run.backtest with a file a task: the same outcome. Raises FilterError, FormatError for rules,
    UsageError for paths, MissingExtra, PysysdigError if Spark gives up; a trace that cannot be read has an `error` in its
    result."""
    from pysysdig.workbench.backtest.model import Outcome
    from pysysdig.workbench.backtest.play import Player

    Player(variants, config, costs=costs)  # says what is wrong with rules
    names = expand(paths)
    whole = len(variants) > 1 or costs
    sent = [variant._replace(loaded=_Loaded(variant.loaded() if whole else None)) for variant in variants]
    job = _Backtested(sent, config, costs)
    tasks = min(len(names), _TASKS * spark.sparkContext.defaultParallelism)
    files = spark.createDataFrame([(name,) for name in names], "path string").repartitionByRange(tasks, "path")
    try:
        rows = files.mapInArrow(job, "path string, result binary").collect()
    except require("pyspark.errors", "spark").PySparkException as error:
        raise PysysdigError(f"spark: {str(error).strip().splitlines()[0]}") from None
    results = {row["path"]: pickle.loads(row["result"]) for row in rows}  # noqa: S301  # by our own tasks
    return Outcome(tuple(variants), tuple(results[name] for name in names))


def session() -> Any:
    """The session that Spark's own configuration says (spark-defaults.conf, PYSPARK_SUBMIT_ARGS), on this machine if it says
    nothing. Raises MissingExtra, PysysdigError if it does not start."""
    import sys

    sql = require("pyspark.sql", "spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers use the same environment
    try:
        made = sql.SparkSession.builder.appName("pysysdig").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    except Exception as error:  # of py4j, of the JVM, of the operating system
        raise PysysdigError(f"spark does not start: {str(error).strip().splitlines()[0]}; it needs Java 17 or newer") from None
    made.sparkContext.setLogLevel("ERROR")
    return made


def message_schema(fields: Sequence[str] = ("wide",), *, calls: bool = False) -> Any:
    """What `from_json` has to know of the messages that `--export kafka://...` sends with these fields: a pyspark StructType of
    columns like `proc.name`. Raises FilterError, UsageError, MissingExtra."""
    types = require("pyspark.sql.pandas.types", "spark")
    trace = Trace(Feed(calls=calls), tuple(columns(fields, calls=calls)))
    return types.from_arrow_schema(trace.schema(dense=True))


def expand(paths: Iterable[str]) -> list[str]:
    """The files that paths, patterns and folders of captures stand for. Raises UsageError for one that is nothing."""
    out: list[str] = []
    for path in paths:
        if "://" in path:
            files = require("fsspec", "spark").open_files(path)
            found = [f"{file.fs.unstrip_protocol(file.path)}" for file in files]
        elif os.path.isdir(path):
            found = sorted(os.path.join(path, name) for name in os.listdir(path) if _capture(name))
        else:
            found = sorted(glob.glob(path))
        if not found:
            raise UsageError(f"{path}: no captures there")
        out += found
    return out


def _capture(name: str) -> bool:
    return name.removesuffix(".gz").endswith((".scap", ".cap", ".pscap"))


def _frame(spark: Any, paths: Iterable[str], job: Callable[[str], Iterator[Any]], schema: Any) -> Any:
    pa = require("pyarrow", "spark")
    types = require("pyspark.sql.pandas.types", "spark")
    names = expand(paths)
    head = [pa.field(name, pa.string()) for name in _HEAD]
    wanted = types.from_arrow_schema(pa.schema([*head, *schema]))
    files = spark.createDataFrame([(name,) for name in names], "path string").repartitionByRange(len(names), "path")
    return files.mapInArrow(_Task(job, pa.schema([*head, *schema])), wanted)


class _Task:
    """What a worker does: batches of paths in, record batches out."""

    def __init__(self, job: Callable[[str], Iterator[Any]], schema: Any) -> None:
        self._job = job
        self._schema = schema

    def __call__(self, given: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in given:
            for path in batch.column(0).to_pylist():
                yield from self._one(pa, path)

    def _one(self, pa: Any, path: str) -> Iterator[Any]:
        base = os.path.basename(path)
        host = base.partition(".")[0]
        try:
            with _local(path) as local:
                for rows in self._job(local):
                    if len(rows):
                        head = [pa.repeat(pa.scalar(text, pa.string()), len(rows)) for text in (host, base, None)]
                        yield pa.RecordBatch.from_arrays([*head, *rows.columns], schema=self._schema)
        except CaptureError as error:
            said = [pa.array([text], pa.string()) for text in (host, base, str(error))]
            yield pa.RecordBatch.from_arrays([*said, *(pa.nulls(1, f.type) for f in list(self._schema)[3:])], schema=self._schema)


class _Job:
    """A table of the events of one file."""

    def __init__(self, table: Trace | Alerts) -> None:
        self._table = table

    def __call__(self, path: str) -> Iterator[Any]:
        table: Table = self._table.of(path)
        return table.batches(nested=True, dense=True)


class _Loaded:
    """What a Variant's files hold, sent along: workers need not have them."""

    def __init__(self, rules: RuleSet | None) -> None:
        self._rules = rules

    def __call__(self) -> RuleSet:
        assert self._rules is not None
        return self._rules


class _Backtested:
    """Batches of paths in, batches of paths and pickled TraceResults out."""

    def __init__(self, variants: Sequence[Variant], config: RuleConfig, costs: bool) -> None:
        self._asked = (variants, config, costs)

    def __call__(self, given: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        from pysysdig.workbench.backtest.play import Player

        variants, config, costs = self._asked
        player = Player(variants, config, costs=costs)
        for batch in given:
            for path in batch.column(0).to_pylist():
                with _local(path) as local:
                    result = player.play(local).renamed(path)
                yield pa.RecordBatch.from_pydict({"path": [path], "result": [pickle.dumps(result)]})


class _Applied:
    def __init__(self, function: Callable[[Trace], Iterator[Any]]) -> None:
        self._function = function

    def __call__(self, path: str) -> Iterator[Any]:
        return self._function(Trace(Feed((path,))))


@contextmanager
def _local(path: str) -> Iterator[str]:
    """A file that can be read here; a remote one is copied for the time."""
    if "://" not in path:
        yield path
        return
    fsspec = require("fsspec", "spark")
    with tempfile.TemporaryDirectory(prefix="pysysdig-") as folder:
        copy = os.path.join(folder, os.path.basename(path))
        with fsspec.open(path, "rb") as source, open(copy, "wb") as target:
            while part := source.read(1 << 20):
                target.write(part)
        yield copy
