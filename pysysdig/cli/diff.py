"""`pysysdig diff`: what is different in two captures."""

from __future__ import annotations

from pysysdig.cli.export_options import names
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.compare.collect import collect, sections
from pysysdig.compare.difference import compare
from pysysdig.compare.report import FORMATS, parting_text
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.output.stream import say

_D = "Differences"
SYNTAX = Syntax(
    "diff",
    "A B",
    "Tell what is new, gone and changed from capture A to capture B: calls, processes, files, connections, errors, latencies; "
    "process ids, temporary names and numbers in names do not count. Status 0: no differences, 1: some, 2: it could not be done.",
    (
        Option("by", "", "by", REQUIRED, "LIST", _D, "Compare calls by these (proc.name,evt.type).", Put("d.by", parse=names)),
        Option("filter", "", "filter", REQUIRED, "FILTER", _D, "Only events that pass a filter.", Put("d.filter", parse=str)),
        Option("of", "", "of", REQUIRED, "NAME", _D, "Where the first process NAME parts, by calls.", Put("d.of", parse=str)),
        Option("format", "", "format", REQUIRED, "FORMAT", _D, f"One of {', '.join(FORMATS)}.", Put("d.format", parse=str)),
        Option("json", "j", "json", NONE, "", _D, "The same as --format json.", Put("d.format", value="json")),
    ),
)


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError, OutputError."""
    options = draft.of("d")
    if len(words) != 2:
        raise UsageError("diff: two captures are needed")
    before, after = words
    made = FORMATS.get(options.get("format", "text"))
    if made is None:
        raise UsageError(f"diff: unknown format {options['format']}; there are {', '.join(FORMATS)}")
    if "of" in options:
        from pysysdig.compare.sequence import parting

        found = parting(before, after, from_user(options["of"]))
        say(parting_text(found, options["of"]))
        return int(found is not None)
    wanted = sections(options.get("by", ()))
    changes = compare(*(collect(path, wanted, options.get("filter", "")) for path in (before, after)))
    say(made(changes, before, after))
    return int(bool(changes))
