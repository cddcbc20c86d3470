"""`pysysdig sql`: queries on captures and Parquet files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user

if TYPE_CHECKING:
    from pysysdig.sql.query import Answer

_O = "Queries"
SYNTAX = Syntax(
    "sql",
    "[QUERY] FILE...",
    "Answer a query on the table events of captures (.scap, .pscap, audit logs, directories of them) or Parquet files; with "
    "--rules there is the table alerts, too. Without a query it asks for some. Needs the extra sql.",
    (
        Option(
            "filter", "", "filter", REQUIRED, "FILTER", _O, "Only events that pass a filter.", Put("sql.filter", parse=from_user)
        ),
        Option("read", "r", "read", REQUIRED, "FILE", _O, "A capture or table, as FILE. May be repeated.", Add("sql.read")),
        Option("rules", "", "rules", REQUIRED, "FILE", _O, "Falco's rules for the table alerts.", Add("sql.rules")),
        Option("calls", "", "calls", NONE, "", _O, "One row a call, as Falco's rules see them.", Put("sql.calls")),
        Option(
            "output",
            "o",
            "output",
            REQUIRED,
            "FILE",
            _O,
            "Write the answer: .parquet, .arrow, .csv or .ndjson.",
            Put("sql.output", parse=str),
        ),
        Option("json", "j", "json", NONE, "", _O, "Print the answer as lines of JSON.", Put("sql.json")),
        Option("csv", "", "csv", NONE, "", _O, "Print the answer as CSV.", Put("sql.csv")),
        Option(
            "unsafe",
            "",
            "unsafe",
            NONE,
            "",
            _O,
            "Let queries read and write other files, and load extensions.",
            Put("sql.unsafe"),
        ),
    ),
)


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status: 1 if a capture is damaged. Raises PysysdigError."""
    options = draft.of("sql")
    text, files = _split(words, options.get("read", []))
    from pysysdig.export.feed import Feed
    from pysysdig.sql.query import Query
    from pysysdig.workbench.writing import spare

    feed = Feed(tuple(files), options.get("filter", ""), calls=options.get("calls", False))
    feed.check()
    query = Query(feed, rules=options.get("rules", ()), unsafe=options.get("unsafe", False))
    if text is None:
        from pysysdig.cli.sql_prompt import prompt

        return prompt(query)
    if "output" in options:
        spare(options["output"], [*query.files(), *options.get("rules", ())])
    status = 0
    for statement in query.statements(text):
        status |= show(query.run(statement), options)
    return status


def _split(words: list[str], read: Sequence[str]) -> tuple[str | None, list[str]]:
    """The query and the files, `read` and the others: a first word that is no file is a query."""
    import os

    if words and not os.path.exists(words[0]):
        text, files = words[0], [*read, *words[1:]]
        if not text.strip("; \t\n"):
            raise UsageError("the query is empty; select count(*) from events is one")
        if not any(c.isspace() for c in text.strip()):
            raise UsageError(f"{text}: no such file; a query comes first, in quotes")
        if not files:
            raise UsageError("no capture is named after the query")
        return text, files
    if not words and not read:
        raise UsageError("a query and at least one capture are needed: pysysdig sql 'select ... from events' FILE")
    return None, [*read, *words]


def show(answer: Answer, options: dict[str, Any]) -> int:
    """Print or write an answer; the exit status. Raises PysysdigError."""
    from pysysdig.output.stream import Output
    from pysysdig.output.terminal import escaped
    from pysysdig.sql.answers import csv_text, json_lines, table_text, write

    if "output" in options:
        write(answer, options["output"])
    else:
        if options.get("csv"):
            parts = csv_text(answer, terminal=sys.stdout.isatty())
        else:
            parts = (json_lines if options.get("json") else table_text)(answer)
        out = Output()
        for part in parts:
            out.write(part)
        out.check()
    for error in answer.damage:
        sys.stderr.write(escaped(f"{error}\n"))
    return int(bool(answer.damage))
