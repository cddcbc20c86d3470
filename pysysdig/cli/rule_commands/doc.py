"""`pysysdig rules doc`: rules for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import PysysdigError, UsageError

SYNTAX = Syntax(
    "rules doc",
    "FILE...",
    "Describe the rules of rule files (or those in directories) for people, with a table of the techniques of ATT&CK that they "
    "are about: which are tested, and which fired.",
    (
        *report_options("rules doc", ("markdown", "html")),
        Option("tests", "", "tests", REQUIRED, "PATH", "", "Test files: say which rules are tested.", Add("doc.tests")),
        *borrowed("read"),
        Option("check", "", "check", REQUIRED, "FILE", "", "Print nothing; the exit status is 1 if FILE is not what would be "
               "printed.", Put("doc.check", parse=str)),
    ),
)  # fmt: skip
_MOST_BYTES = 64 << 20


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    if not paths:
        raise UsageError("rules doc: which files?")
    from pysysdig.rules.load import RuleText, load_rules
    from pysysdig.workbench.compiled import first_error
    from pysysdig.workbench.doc.formats import FORMATS
    from pysysdig.workbench.doc.model import documented
    from pysysdig.workbench.files import tested_rules
    from pysysdig.workbench.source import read_files

    asked, report = draft.of("doc"), draft.of("report")
    contents = read_files(paths)
    loaded = load_rules([RuleText(name, raw) for name, raw in contents])
    error = first_error(loaded)
    if error is not None:
        raise error
    tested = tested_rules(asked["tests"]) if "tests" in asked else None
    captures = draft.of("run").get("files", ())
    rules = documented(loaded, tested, _fired([name for name, _ in contents], captures) if captures else None)
    if "check" in asked:
        return _check(asked["check"], FORMATS[report.get("format", "markdown")](rules))
    deliver(report, "markdown", lambda name: FORMATS[name](rules), [*captures, *(name for name, _ in contents)])
    return 0


def _fired(files: Sequence[str], captures: Sequence[str]) -> dict[str, int]:
    """How many alerts each rule raises on traces."""
    import os

    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.engine import active_rules
    from pysysdig.rules.load import load_rules
    from pysysdig.workbench.backtest.model import Variant
    from pysysdig.workbench.backtest.run import backtest
    from pysysdig.workbench.backtest.traces import traces

    config = RuleConfig()
    loaded = load_rules(list(files))
    variant = Variant("A", tuple(files), tuple(active_rules(loaded.rules, config.priority)), lambda: loaded)
    outcome = backtest([variant], traces(captures), config, jobs=os.cpu_count() or 1)
    for result in outcome.results:
        if result.error:
            raise PysysdigError(result.error)
    return outcome.total(0)


def _check(path: str, text: str) -> int:
    try:
        with open(path, "rb") as file:
            known = file.read(_MOST_BYTES)
    except OSError as error:
        raise PysysdigError(f"{path}: {error.strerror or error}") from None
    if known == text.encode("utf-8", "backslashreplace"):
        return 0
    from pysysdig.output.stream import say
    from pysysdig.output.terminal import escaped

    say(escaped(f"{path}: not what the rules are now\n"))
    return 1
