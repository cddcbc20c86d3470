"""`pysysdig rules sigma convert`: Sigma's rules as Falco's."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

if TYPE_CHECKING:
    from pysysdig.workbench.sigma.convert import Converted

SYNTAX = Syntax(
    "rules sigma convert",
    "PATH...",
    "Write Sigma's rules for Linux (process_creation, file_event, network_connection) as rules of Falco. Each is exact, "
    "approximate, or refused with the reason, which standard error tells. The exit status is 1 if one is refused. Needs pySigma: "
    "the extra `sigma`.",
    report_options("rules sigma convert", ("rules", "report", "json")),
)


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    if not paths:
        raise UsageError("rules sigma convert: which files?")
    from pysysdig.output.terminal import escaped
    from pysysdig.workbench.sigma.convert import REFUSED_GRADE, convert, sigma_files

    found = convert(sigma_files(paths))
    report = draft.of("report")
    makers = {"rules": _rules, "report": _report, "json": _json}
    deliver(report, "rules", lambda name: makers[name](found))
    if report.get("format", "rules") == "rules":
        sys.stderr.write(escaped(_report(found)))
    return 1 if any(one.grade == REFUSED_GRADE for one in found) else 0


def _rules(found: Sequence[Converted]) -> str:
    return "\n".join(one.text for one in found if one.text)


def _report(found: Sequence[Converted]) -> str:
    """What is not exact, and how many of each there are."""
    from pysysdig.output.terminal import escaped
    from pysysdig.workbench.sigma.convert import EXACT, GRADES

    out = [f"{one.grade}: {one.file}: {one.title}: {'; '.join(one.why)}\n" for one in found if one.grade != EXACT]
    counts = Counter(one.grade for one in found)
    return escaped("".join(out) + ", ".join(f"{counts[grade]} {grade}" for grade in GRADES) + "\n")


def _json(found: Sequence[Converted]) -> str:
    return json.dumps({"schema": 1, "rules": [one._asdict() for one in found]}, indent=1) + "\n"
