"""`pysysdig rules test`: run test files of rules."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pysysdig.cli.meanings import Add, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.workbench.report import FORMATS

_PRETTY = "pretty"


def _format(text: str) -> str:
    if text not in FORMATS:
        raise UsageError(f"rules test: there is no format {text}; there are {', '.join(FORMATS)}")
    return text


def _output(text: str) -> tuple[str, str]:
    """FORMAT:FILE."""
    name, colon, path = text.partition(":")
    if not colon or not path:
        raise UsageError(f"rules test: --output is FORMAT:FILE, like junit:report.xml, not {text}")
    return _format(name), path


SYNTAX = Syntax(
    "rules test",
    "[PATH...]",
    "Run the test files PATH (or those in directories, by default in this one, whose names end with _test.yaml). The exit status "
    "is 0 if all tests pass, 1 if one fails, 2 if one could not be run.",
    (
        Option("rules", "", "rules", REQUIRED, "FILE", "", "Rule files instead of those that the tests name.", Add("test.rules")),
        Option(
            "keyword", "k", "keyword", REQUIRED, "TEXT", "", "Only tests with TEXT in their name.", Put("test.keyword", parse=str)
        ),
        Option("rule", "", "rule", REQUIRED, "NAME", "", "Only tests that expect alerts of the rule NAME.", Add("test.rule")),
        Option("tag", "", "tag", REQUIRED, "TAG", "", "Only tests with this tag.", Add("test.tag")),
        Option("format", "f", "format", REQUIRED, "FORMAT", "", f"{', '.join(FORMATS)}.", Put("test.format", parse=_format)),
        Option(
            "output", "", "output", REQUIRED, "FORMAT:FILE", "", "Write a report to a file, too.", Add("test.output", _output)
        ),
        Option("fail_fast", "", "fail-fast", NONE, "", "", "Stop at the first test that does not pass.", Put("test.fail_fast")),
        Option("allow_empty", "", "allow-empty", NONE, "", "", "No tests at all are all right.", Put("test.allow_empty")),
    ),
)


def run(argv: Sequence[str]) -> int:
    """Returns the exit status. Raises UsageError, BrokenPipeError, OutputError."""
    parsed = SYNTAX.parse(argv)
    if parsed is None:
        return 0
    draft, paths = parsed
    settings = draft.of("test")
    from pysysdig.output.stream import say
    from pysysdig.workbench.files import read_suite, test_files
    from pysysdig.workbench.verdict import ERROR, FAILED, PASSED, SKIPPED, Outcome
    from pysysdig.workbench.verdict import run as run_case

    begun = time.perf_counter()
    outcomes: list[Outcome] = []
    wrong = False
    try:
        suites = [read_suite(path, settings.get("rules", ())) for path in test_files(paths or ["."])]
    except PysysdigError as error:
        return _stop(error)
    for case in (case for suite in suites for case in suite.cases):
        if settings.get("keyword", "") not in case.name or not set(settings.get("tag", ())) <= set(case.tags):
            continue
        if "rule" in settings and not {want.rule for want in case.wants} & set(settings["rule"]):
            continue
        outcomes.append(run_case(case))
        wrong = outcomes[-1].status not in (PASSED, SKIPPED)
        if wrong and settings.get("fail_fast"):
            break
    if not outcomes and not settings.get("allow_empty"):
        return _stop(PysysdigError("rules test: there are no tests (--allow-empty: that is all right)"))
    seconds = time.perf_counter() - begun
    for name, path in settings.get("output", ()):
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(FORMATS[name](outcomes, seconds))
        except OSError as error:
            return _stop(PysysdigError(f"rules test: can't write {path}: {error.strerror or error}"))
    say(FORMATS[settings.get("format", _PRETTY)](outcomes, seconds))
    statuses = {outcome.status for outcome in outcomes}
    return 2 if ERROR in statuses else 1 if FAILED in statuses else 0


def _stop(error: PysysdigError) -> int:
    """Say what could not be done."""
    import sys

    from pysysdig.output.terminal import escaped

    sys.stderr.write(escaped(error.render()) + "\n")
    return 2
