"""`pysysdig schema`: the columns of the table `events`."""

from __future__ import annotations

import json

from pysysdig.cli.export_options import names
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError
from pysysdig.eventsources.registry import with_field
from pysysdig.export.ddl import DIALECTS, create_table
from pysysdig.export.schema import VERSION, columns, leaves
from pysysdig.fields.registry import REGISTRY
from pysysdig.output.stream import say
from pysysdig.sql.catalog import CATALOG
from pysysdig.sql.views import create_view

_S = "Schema"
SYNTAX = Syntax(
    "schema",
    "",
    "Show the columns of the table events: what --export writes and pysysdig sql asks.",
    (
        Option(
            "fields",
            "",
            "fields",
            REQUIRED,
            "LIST",
            _S,
            "These: fields, or sets (wide, rules, safe; k8s_audit and other sources of events have one, too).",
            Put("s.fields", parse=names),
        ),
        Option("ddl", "", "ddl", REQUIRED, "ENGINE", _S, f"As CREATE TABLE for {', '.join(DIALECTS)}.", Put("s.ddl", parse=str)),
        Option(
            "view",
            "",
            "view",
            REQUIRED,
            "NAME",
            _S,
            f"As CREATE VIEW on events in the words of another schema: {', '.join(CATALOG)} (for "
            "DuckDB, or --ddl spark). pysysdig sql knows these tables.",
            Put("s.view", parse=str),
        ),
        Option("json", "j", "json", NONE, "", _S, "As JSON.", Put("s.json")),
    ),
)


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError."""
    if words:
        raise UsageError(f"schema: unknown word {words[0]}")
    options = draft.of("s")
    chosen = columns(options["fields"]) if "fields" in options else list(leaves().values())
    if "view" in options:
        if options["view"] not in CATALOG:
            raise UsageError(f"schema: unknown view {options['view']}; there are {', '.join(CATALOG)}")
        known = [leaf.path for leaf in chosen] if "fields" in options else None
        say("".join(create_view(view, options.get("ddl", "duckdb"), known=known) for view in CATALOG[options["view"]]))
        return 0
    if "ddl" in options:
        if options["ddl"] not in DIALECTS:
            raise UsageError(f"schema: unknown engine {options['ddl']}; there are {', '.join(DIALECTS)}")
        say(create_table(chosen, options["ddl"]))
        return 0
    rows = [(leaf.path, leaf.kind, leaf.part, leaf.field, _about(leaf.field)) for leaf in chosen]
    if options.get("json"):
        names_ = ("column", "kind", "set", "field", "description")
        say(json.dumps({"version": VERSION, "columns": [dict(zip(names_, row)) for row in rows]}) + "\n")
        return 0
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    say("".join("  ".join(text.ljust(w) for text, w in zip(row, widths)).rstrip() + "\n" for row in rows))
    return 0


def _about(field: str) -> str:
    known = REGISTRY.get(field)
    if known is None:
        other = with_field(field)
        known = None if other is None else other.fields.get(field)
    return known.desc if known is not None else ""
