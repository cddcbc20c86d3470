"""`pysysdig rules list`: the rules of rule files as a table. What Falco's -L prints is --rules FILE --list-rules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.cli.tables import FORMATS, Column, csv_text, json_text, table_text
from pysysdig.rules.model import PRIORITIES
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
_NAMES = ("on", "priority", "name", "tags", "source", "file", "line", "description")


@SYNTAX.command
def run(draft: Draft, files: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    asked, report = draft.take("list"), draft.take("report")
    search = Search.parse(" ".join(asked.get("search", ())))
    draft.values["rules.files"] = tuple(files)
    rows = [row for row in _rows(draft) if search.fits(row["name"], PRIORITIES.index(row["priority"]), row["tags"], row["source"],
                                                       row["on"])]  # fmt: skip
    styled = sys.stdout.isatty() and not report.get("output")
    deliver(report, "table", lambda form: _text(form, rows, styled), files)
    return 0


def _rows(draft: Draft) -> list[dict[str, Any]]:
    """The rules in load order, by _NAMES."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.rule_loading import rule_set, switches
    from pysysdig.rules.engine import active_rules
    from pysysdig.rules.places import Places

    job = job_of(draft)
    config = alert_config(job)
    loaded = rule_set(config.rule_paths(job.rules.files), config)
    active = {rule.name for rule in active_rules(loaded.rules, config.priority, switches(job.rules, config))}
    places = Places(loaded.results[-1].contents if loaded.results else {})
    out = []
    for rule in loaded.rules:
        place = places.item("rule", rule.name)
        values = (
            rule.name in active, PRIORITIES[rule.priority], rule.name, list(rule.tags), rule.source, place.file if place else "",
            place.line if place else None, " ".join(rule.description.split()),
        )  # fmt: skip
        out.append(dict(zip(_NAMES, values)))
    return out


def _text(form: str, rows: Sequence[dict[str, Any]], styled: bool) -> str:
    if form == "csv":
        return csv_text(rows, _NAMES)
    if form == "json":
        return json_text("rules", rows)
    columns = [Column("ON"), Column("PRIORITY"), Column("RULE"), Column("TAGS", rest=True), Column("SOURCE"), Column("FILE")]
    cells = []
    for row in rows:
        file = os.path.basename(row["file"]) if styled else row["file"]
        place = f"{file}:{row['line']}" if row["line"] else ""
        cells.append(["yes" if row["on"] else "no", row["priority"], row["name"], " ".join(row["tags"]), row["source"], place])
    return table_text(columns, cells, "there are no such rules", styled=styled)
