"""`pysysdig alerts`: alerts summed up per rule, process, container, host or field; or listed."""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.groups import BY, KEPT, Groups, Row, last_fields
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.cli.tables import FORMATS, Column, csv_text, json_text, table_text
from pysysdig.cli.values import between
from pysysdig.errors import UsageError
from pysysdig.output.terminal import escaped
from pysysdig.rules.model import PRIORITIES
from pysysdig.rules.search import Search

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_MOST = 1_000_000  # alerts that are listed
_TREND = 20  # characters of a trend
_NARROW = 120  # columns of a terminal that has no room for dates
SYNTAX = Syntax(
    "alerts",
    "[FILE...]",
    "Sum alerts up: one row a rule, with how many there were, the most severe priority, when, how they came over time, and what "
    "the last one was about. FILE holds alerts as JSON, one a line, ours or Falco's: what a file output or a log has (text "
    "before the JSON is ignored), `journalctl -o json`, also compressed; without FILE standard input. With --rules FILE is a "
    "capture, and the alerts are those that the rules raise on it.",
    (
        Option(
            "by", "", "by", REQUIRED, "NAME[,NAME]", "", f"What makes a row: {', '.join(BY)}, or a field of the alerts.",
            Add("alerts.by"),
        ),
        Option(
            "search", "s", "search", REQUIRED, "TEXT", "", "Only some alerts: parts of the rule's name, prio>=warning, tag:TAG, "
            "source:SOURCE.", Add("alerts.search"),
        ),
        Option(
            "list", "", "list", OPTIONAL, "N", "", f"The alerts themselves, the last N ({KEPT}).",
            Put("alerts.list", parse=lambda text: between("--list", 1, _MOST)(text) if text else KEPT),
        ),
        *report_options("alerts", FORMATS),
        Option("json", "j", "json", NONE, "", "", "The same as --format json.", Put("report.format", value="json")),
        *borrowed("rules", "config", "config_option"),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, files: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    asked, report = draft.take("alerts"), draft.take("report")
    search = Search.parse(" ".join(asked.get("search", ())))
    if not files and sys.stdin.isatty():
        raise UsageError("alerts: which file? Alerts as JSON, one a line; `-` is standard input")
    files = files or ["-"]
    found = _raised(draft, files) if draft.of("rules").get("files") else _written(files)
    alerts = (a for a in found if search.fits(a.rule, a.priority, a.tags, a.source))
    styled = sys.stdout.isatty() and not report.get("output")
    if "list" in asked:
        last = deque(alerts, asked["list"])
        ordered = sorted(last, key=lambda alert: alert.time)
        deliver(report, "table", lambda form: _listed(form, ordered, styled), files)
        return 0
    by = [name for text in asked.get("by", ("rule",)) for name in text.split(",") if name]
    groups = Groups(by or ("rule",))
    for alert in alerts:
        groups.add(alert)
    if groups.full:
        sys.stderr.write("there are more rows than there is room for: the others are summed up in one\n")
    deliver(report, "table", lambda form: _summed(form, groups, styled), files)
    return 0


def _written(files: Iterable[str]) -> Iterator[Alert]:
    """The alerts of files; what holds none is told. Raises PysysdigError."""
    from pysysdig.alerts.reading import AlertFile

    for path in files:
        file = AlertFile(path)
        yield from file
        for line in file.left_out():
            sys.stderr.write(f"{escaped(line)}\n")


def _raised(draft: Draft, captures: Iterable[str]) -> Iterator[Alert]:
    """The alerts of the rules of the command line on captures. Raises PysysdigError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.rule_commands.rule_sets import variants
    from pysysdig.workbench.raised import raised

    config = alert_config(job_of(draft))
    (base,) = variants(draft, config, ())
    for path in captures:
        yield from raised(path, base.rules, config)


def _summed(form: str, groups: Groups, styled: bool) -> str:
    rows = groups.rows()
    names = ["priority", "count", "first", "last", "processes", "trend", "last_fields", "last_output"]
    if form == "table":
        columns = [
            Column("COUNT", right=True, whole=True), Column("PRIORITY", whole=True), Column("LAST", whole=True),
            Column("TREND", whole=True), *(Column(name.upper()) for name in groups.by), Column("LAST FIELDS", rest=True),
        ]  # fmt: skip
        narrow = styled and shutil.get_terminal_size().columns < _NARROW
        return table_text(columns, (_shown(row, groups.used, narrow) for row in rows), "there are no alerts", styled=styled)
    keys = [name if name not in names else f"by_{name}" for name in groups.by]
    dicts = (dict(zip(keys, row.key)) | _values(row) for row in rows)
    if form == "csv":
        return csv_text(dicts, [*keys, *names])
    start, end = (_utc(groups.start), _utc(groups.end)) if groups.count else (None, None)
    return json_text("groups", dicts, alerts=groups.count, start=start, end=end)


def _shown(row: Row, used: int, narrow: bool) -> list[str]:
    from pysysdig.output.sparkline import BLOCKS, PLAIN, sparkline

    blocks = BLOCKS if (sys.stdout.encoding or "").lower().startswith("utf") else PLAIN
    trend = sparkline(row.trend[:used], min(used, _TREND // 2 if narrow else _TREND), blocks=blocks)
    return [
        f"{row.alerts:,}", PRIORITIES[row.priority], _local(row.last, narrow), trend, *row.key,
        "  ".join(last_fields(row.latest)),
    ]  # fmt: skip


def _values(row: Row) -> dict[str, Any]:
    return {
        "priority": PRIORITIES[row.priority],
        "count": row.alerts,
        "first": _utc(row.first),
        "last": _utc(row.last),
        "processes": row.processes,
        "trend": list(row.trend),
        "last_fields": last_fields(row.latest),
        "last_output": row.latest.text,
    }


def _listed(form: str, alerts: list[Alert], styled: bool) -> str:
    if form == "table":
        columns = [
            Column("TIME", whole=True),
            Column("PRIORITY", whole=True),
            Column("HOST"),
            Column("RULE"),
            Column("OUTPUT", rest=True),
        ]
        narrow = styled and shutil.get_terminal_size().columns < _NARROW
        rows = ([_local(a.time, narrow), PRIORITIES[a.priority], a.hostname, a.rule, a.text] for a in alerts)
        return table_text(columns, rows, "there are no alerts", styled=styled)
    names = ["time", "priority", "rule", "source", "hostname", "tags", "output", "output_fields"]
    dicts = (
        dict(
            zip(names, (_utc(a.time), PRIORITIES[a.priority], a.rule, a.source, a.hostname, list(a.tags), a.text, a.fields)),
        )
        for a in alerts
    )
    return csv_text(dicts, names) if form == "csv" else json_text("alerts", dicts)


def _local(ns: int, narrow: bool) -> str:
    """A time for people: to the millisecond, in local time; without the date if there is no room."""
    from pysysdig.render.times import full_local

    return full_local(ns)[11 if narrow else 0 : -6]


def _utc(ns: int) -> str:
    import numpy as np

    return f"{np.datetime64(ns, 'ns')}Z"
