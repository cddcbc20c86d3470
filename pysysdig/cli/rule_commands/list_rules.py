"""`pysysdig rules list`: the rules of rule files as a table. What Falco's -L prints is --rules FILE --list-rules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.cli.tables import FORMATS, Column, csv_text, json_text, table_text
from pysysdig.rules.listed import Row, listed
from pysysdig.rules.model import PRIORITIES
from pysysdig.rules.places import places_of
from pysysdig.rules.search import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

SYNTAX = Syntax(
    "rules list",
    "[FILE...]",
    "List the rules of rule files (or of those in directories, or of those that the configuration names): whether they are "
    "switched on, their priority, tags, source, and where they stand.",
    (
        Option(
            "search", "s", "search", REQUIRED, "TEXT", "", "Only some rules: parts of the name, prio>=warning, tag:TAG, "
            "source:SOURCE, on:yes.", Add("list.search"),
        ),
        *report_options("rules list", FORMATS),
        Option("json", "j", "json", NONE, "", "", "The same as --format json.", Put("report.format", value="json")),
        *borrowed("config", "config_option", "enable_rule", "disable_rule", "enable_tag", "disable_tag"),
    ),
)  # fmt: skip


@SYNTAX.command
def run(draft: Draft, files: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    asked, report = draft.take("list"), draft.take("report")
    search = Search.parse(" ".join(asked.get("search", ())))
    draft.values["rules.files"] = tuple(files)
    rows = [row for row in _rows(draft) if row.fits(search)]
    styled = sys.stdout.isatty() and not report.get("output")
    deliver(report, "table", lambda form: _text(form, rows, styled), files)
    return 0


def _rows(draft: Draft) -> list[Row]:
    """The rules in load order."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.rule_loading import rule_set, switches
    from pysysdig.rules.engine import active_rules

    job = job_of(draft)
    config = alert_config(job)
    loaded = rule_set(config.rule_paths(job.rules.files), config)
    active = {rule.name for rule in active_rules(loaded.rules, config.priority, switches(job.rules, config))}
    return listed(loaded, active, places_of(loaded))


def _text(form: str, rows: Sequence[Row], styled: bool) -> str:
    if form in ("csv", "json"):
        data = [{**row._asdict(), "priority": PRIORITIES[row.priority], "tags": list(row.tags)} for row in rows]
        return csv_text(data, Row._fields) if form == "csv" else json_text("rules", data)
    columns = [Column("ON"), Column("PRIORITY"), Column("RULE"), Column("TAGS", rest=True), Column("SOURCE"), Column("FILE")]
    cells = []
    for row in rows:
        place = row._replace(file=os.path.basename(row.file)).place if styled else row.place
        cells.append(["yes" if row.on else "no", PRIORITIES[row.priority], row.name, " ".join(row.tags), row.source, place])
    return table_text(columns, cells, "there are no such rules", styled=styled)
