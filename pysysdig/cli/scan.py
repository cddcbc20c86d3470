"""`pysysdig scan`: whether there are secrets in captures and tables."""

from __future__ import annotations

import json
import sys

from pysysdig.cli.failure import COULD_NOT, two_on_error
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.output.stream import say
from pysysdig.output.terminal import escaped
from pysysdig.redaction.scan import Finding, scan
from pysysdig.redaction.search import Search, read_strings

_S = "Scan"
_MOST = 1000  # findings told of one file
SYNTAX = Syntax(
    "scan",
    "FILE...",
    "Look for secrets in all text of captures and tables, unpacked: given texts (as they are, in base64, hexadecimal, "
    "percent-encoding, UTF-16, split over buffers), and what looks like keys, tokens and passwords. Says where, and never shows "
    "a secret. Status 0: nothing found, 1: something, 2: a file could not be read.",
    (
        Option("strings", "", "strings", REQUIRED, "FILE", _S, "Texts to look for, one a line.", Put("s.strings", parse=str)),
        Option("patterns", "", "patterns", NONE, "", _S, "Look for credentials, as without --strings.", Put("s.patterns")),
        Option("json", "j", "json", NONE, "", _S, "One JSON object a finding.", Put("s.json")),
    ),
)


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError, OutputError."""
    options = draft.of("s")
    if not words:
        raise UsageError("scan: name captures, or tables (.parquet, .arrow, .arrows, .csv, .ndjson)")
    strings = read_strings(options["strings"]) if "strings" in options else []
    search = Search(strings, patterns=bool(options.get("patterns")) or not strings)
    found = failed = False
    for path in words:
        try:
            told: set[Finding] = set()
            for finding in scan(path, search):
                found = True
                if finding in told:
                    continue
                told.add(finding)
                if len(told) > _MOST:
                    sys.stderr.write(escaped(f"{path}: more than {_MOST} findings; the others are not shown") + "\n")
                    break
                if options.get("json"):
                    say(json.dumps({"file": path, **finding._asdict()}) + "\n")
                else:
                    say(escaped(f"{path}: {finding.where}: {finding.what}") + "\n")
        except PysysdigError as error:
            sys.stderr.write(escaped(error.render()) + "\n")
            failed = True
    return COULD_NOT if failed else int(found)
