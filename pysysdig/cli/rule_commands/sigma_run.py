"""`pysysdig rules sigma run`: Sigma's rules on traces."""

from __future__ import annotations

import os
import sys

from pysysdig.cli.failure import COULD_NOT, two_on_error
from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import PysysdigError, UsageError

SYNTAX = Syntax(
    "rules sigma run",
    "PATH...",
    "Try Sigma's rules for Linux on the traces of -r (files, or directories of them): all of them, not only the first that "
    "matches. The exit status is 1 if there are alerts. Rules that are refused are counted on standard error. Needs pySigma: the "
    "extra `sigma`.",
    (*borrowed("read"), *report_options("rules sigma run", ("pretty", "json", "ndjson", "csv", "markdown"))),
)


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    captures = draft.of("run").get("files", ())
    if not paths or not captures:
        raise UsageError("rules sigma run: which rules, and on which traces? -r TRACE PATH...")
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.engine import ALL
    from pysysdig.rules.load import RuleText, load_rules
    from pysysdig.workbench.backtest.formats import FORMATS
    from pysysdig.workbench.backtest.model import Variant
    from pysysdig.workbench.backtest.run import backtest
    from pysysdig.workbench.backtest.traces import traces
    from pysysdig.workbench.sigma.convert import convert, sigma_files

    found = convert(sigma_files(paths))
    good = [one.text for one in found if one.text]
    if not good:
        raise PysysdigError(f"rules sigma run: all {len(found)} rules are refused (rules sigma convert tells why)")
    loaded = load_rules([RuleText("sigma", "".join(good).encode("utf-8", "replace"))])
    variant = Variant("A", tuple(paths), tuple(loaded.rules), lambda: loaded, (), ALL)
    outcome = backtest([variant], traces(captures), RuleConfig(), jobs=os.cpu_count() or 1)
    deliver(draft.of("report"), "pretty", lambda name: FORMATS[name](outcome))
    if len(good) < len(found):
        sys.stderr.write(f"{len(found) - len(good)} of {len(found)} rules are refused (rules sigma convert tells why)\n")
    if any(result.error for result in outcome.results):
        return COULD_NOT
    return 1 if any(outcome.total(0).values()) else 0
