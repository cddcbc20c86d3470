"""`pysysdig rules test`: run test files of rules."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from pysysdig.cli import values
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.workbench.coverage_report import FILES as COVERAGE_FILES
from pysysdig.workbench.coverage_report import FORMATS as COVERAGE_FORMATS
from pysysdig.workbench.report import FORMATS
from pysysdig.workbench.verdict import ERROR
from pysysdig.workbench.writing import rewrite, spare

if TYPE_CHECKING:
    from pysysdig.workbench.session import Chosen
    from pysysdig.workbench.verdict import Outcome

_PRETTY = "pretty"


def _format(text: str) -> str:
    if text not in FORMATS:
        raise UsageError(f"rules test: there is no format {text}; there are {', '.join(FORMATS)}")
    return text


def _coverage(text: str) -> tuple[str, str]:
    """[FORMAT[:FILE]]."""
    name, _, path = text.partition(":")
    name = name or "text"
    if name not in COVERAGE_FORMATS:
        raise UsageError(f"rules test: there is no format {name} of coverage; there are {', '.join(COVERAGE_FORMATS)}")
    return name, path or COVERAGE_FILES[name]


def _least(text: str) -> tuple[tuple[str, float], ...]:
    """rule=N,clause=N,decisive=N."""
    out = []
    for part in text.split(","):
        name, equals, number = part.partition("=")
        if name not in ("rule", "clause", "decisive") or not equals or not number.replace(".", "", 1).isdigit():
            raise UsageError(f"rules test: --min-coverage is rule=N,clause=N,decisive=N (percent), not {text}")
        if float(number) > 100:
            raise UsageError(f"rules test: there is no more coverage than 100 percent, not {number}")
        out.append((name, float(number)))
    return tuple(out)


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
        Option("jobs", "", "jobs", REQUIRED, "NUM", "", "Run in NUM processes (1).", Put("test.jobs", parse=values.JOBS)),
        Option(
            "update", "", "update", NONE, "", "",
            "Write which rules fired, and how often, into the expectations of tests that failed because of that alone.",
            Put("test.update"),
        ),
        Option(
            "watch", "", "watch", NONE, "", "", "Run the tests again whenever a test file, rule file or trace changes.",
            Put("test.watch"),
        ),
        Option(
            "save_traces", "", "save-traces", REQUIRED, "DIR", "", "Write the synthetic events of the tests to DIR, as .scap.",
            Put("test.traces", parse=str),
        ),
        Option(
            "coverage", "", "coverage", OPTIONAL, "FORMAT[:FILE]", "",
            f"Tell what the tests have tried of the rules: {', '.join(COVERAGE_FORMATS)}. May be repeated.",
            Add("test.coverage", _coverage),
        ),
        Option(
            "min_coverage", "", "min-coverage", REQUIRED, "rule=N,clause=N,decisive=N", "",
            "End with status 1 if less than so many percent of rules fired, of comparisons were true and false, or mattered.",
            Put("test.least", parse=_least),
        ),
        Option("allow_empty", "", "allow-empty", NONE, "", "", "No tests at all are all right.", Put("test.allow_empty")),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError, OutputError."""
    settings = draft.of("test")
    from pysysdig.workbench.session import Chosen

    chosen = Chosen(
        tuple(paths or ["."]), settings.get("rules", ()), settings.get("keyword", ""), settings.get("rule", ()),
        settings.get("tag", ()),
    )  # fmt: skip
    if settings.get("watch"):
        from pysysdig.cli.rule_commands.watch import again_and_again

        return again_and_again(lambda: _once(chosen, settings), chosen)
    return _once(chosen, settings)


def _once(chosen: Chosen, settings: dict[str, Any]) -> int:
    """Run the tests and tell what became of them. Raises PysysdigError."""
    from pysysdig.output.stream import say
    from pysysdig.workbench.coverage import Coverage, figures, too_low
    from pysysdig.workbench.session import outcomes, status
    from pysysdig.workbench.verdict import PASSED, SKIPPED

    begun = time.perf_counter()
    cases = chosen.cases(chosen.suites())
    if not cases and not settings.get("allow_empty"):
        raise PysysdigError("rules test: there are no tests (--allow-empty: that is all right)")
    found: list[Outcome] = []
    counted = Coverage() if "coverage" in settings or "least" in settings else None
    for outcome in outcomes(cases, chosen, settings.get("jobs", 1), counted):
        found.append(outcome)
        if settings.get("fail_fast") and outcome.status not in (PASSED, SKIPPED):
            break
    if "traces" in settings:
        from pysysdig.workbench.saving import save

        save((o.case for o in found if o.status != ERROR), settings["traces"])
    if settings.get("update"):
        from pysysdig.workbench.updating import update

        done, left = update(found)
        say("".join([*(f"updated      {line}\n" for line in done), *(f"not updated  {line}\n" for line in left)]))
        found = [o._replace(status=PASSED, problems=()) if _named(o) in done else o for o in found]
    seconds = time.perf_counter() - begun
    for _, path in (*settings.get("output", ()), *settings.get("coverage", ())):
        spare(path, [case.place.name for case in cases])
    for name, path in settings.get("output", ()):
        _write(path, FORMATS[name](found, seconds))
    say(FORMATS[settings.get("format", _PRETTY)](found, seconds))
    low: list[str] = []
    if counted is not None:
        for name, path in settings.get("coverage", ()):
            _write(path, COVERAGE_FORMATS[name](counted))
        low = too_low(figures(counted), settings.get("least", ()))
        sys.stderr.write("".join(f"{line}\n" for line in low))
    return status(found) or int(bool(low))


def _named(outcome: Outcome) -> str:
    return f"{outcome.case.place.name}:{outcome.case.line}  {outcome.case.name}"


def _write(path: str, text: str) -> None:
    """A report; - is standard output."""
    if path == "-":
        from pysysdig.output.stream import say

        say(text)
        return
    rewrite(path, text.encode("utf-8", "backslashreplace"))
