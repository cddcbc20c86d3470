"""The alerts of Falco's rules as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.make import alerting
from pysysdig.api.table import Table, chunks
from pysysdig.errors import UsageError
from pysysdig.events.table import CURRENT
from pysysdig.extras import require
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import load_rules
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.export.feed import Feed
    from pysysdig.rules.model import RuleSet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("time", "rawtime", "num", "priority", "rule", "source", "tags", "hostname", "output", "fields")
_ROWS = 1 << 14  # of a record batch


def loaded_rules(files: Sequence[str]) -> RuleSet:
    """The rules of files. Raises UsageError with the place if they do not load."""
    loaded = load_rules(list(files), ())
    for result in loaded.results:
        if not result.successful:
            raise UsageError(result.as_text().rstrip("\n"))
    return loaded


class Alerts(Table):
    """The alerts that rules raise for the events of a Trace, in order, as Falco would. Columns: time (UTC), rawtime (ns), num
    (evt.num), priority, rule, source, tags (list), hostname, output (text without time and priority), fields (those of the output
    by name).

    Conditions are tried on calls with all their parameters, whatever form the Trace has."""

    __slots__ = ("_config", "_feed", "_rules")

    def __init__(self, feed: Feed, files: Sequence[str]) -> None:
        """Load the rules. Raises PysysdigError with the place if they do not load."""
        self._config = RuleConfig()
        self._rules = active_rules(loaded_rules(files).rules, self._config.priority)
        self._feed = feed._replace(calls=True, hidden=True)

    def of(self, path: str) -> Alerts:
        """The same rules on another capture."""
        other = copy(self)
        other._feed = self._feed._replace(paths=(path,))
        return other

    @property
    def columns(self) -> tuple[str, ...]:
        return _COLUMNS

    @property
    def redacted(self) -> bool:
        return self._feed.redaction is not None

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The alerts as tuples. Raises CaptureError once everything before the damage is out."""
        for number, alert in self._alerts():
            time = _EPOCH + timedelta(microseconds=alert.time // 1000)
            priority = PRIORITIES[alert.priority]
            yield (
                time, alert.time, number, priority, alert.rule, alert.source, list(alert.tags), alert.hostname, alert.text,
                alert.fields,
            )  # fmt: skip

    def records(self) -> Iterator[Alert]:
        """The alerts as records (pysysdig.alerts.model)."""
        return (alert for _, alert in self._alerts())

    def _alerts(self) -> Iterator[tuple[int, Alert]]:
        active = alerting(self._rules, self._config, CURRENT, with_fields=True)
        engine, maker = active.compiled(CURRENT)
        for view, sel in self._feed.views(active.needs):
            positions, indexes = engine.match(view, sel)
            if len(positions):
                yield from zip(view.batch.num_of(positions).tolist(), maker.make(view, positions, indexes))

    def schema(self, *, nested: bool = False, dense: bool = False) -> Any:
        pa = require("pyarrow", "arrow")
        text = pa.string()
        coded = text if dense else pa.dictionary(pa.int32(), text)
        kinds = {
            "time": pa.timestamp("us", tz="UTC"), "rawtime": pa.int64(), "num": pa.int64(), "priority": coded, "rule": coded,
            "source": coded, "tags": pa.list_(text), "hostname": coded, "output": text, "fields": pa.map_(text, text),
        }  # fmt: skip
        return pa.schema([(name, kinds[name]) for name in _COLUMNS])

    def batches(self, *, nested: bool = False, dense: bool = False) -> Iterator[Any]:
        return self._batches(self.schema(dense=dense))

    def _batches(self, schema: Any) -> Iterator[Any]:
        pa = require("pyarrow", "arrow")
        for part in chunks(self.rows(), _ROWS):
            rows = [(*row[:-1], [(name, _text(value)) for name, value in row[-1].items()]) for row in part]
            yield _batch(pa, schema, rows)


def _batch(pa: Any, schema: Any, rows: list[tuple[Any, ...]]) -> Any:
    arrays = []
    for kind, values in zip(schema.types, zip(*rows)):
        arrays.append(pa.array(values).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(values, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
