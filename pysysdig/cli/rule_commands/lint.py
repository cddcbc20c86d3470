"""`pysysdig rules lint`: what is valid in rule files, but hardly meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

if TYPE_CHECKING:
    from pysysdig.workbench.lint.fixes import Fixed

_FORMATS = ("text", "json", "sarif", "github")
_LEVELS = ("error", "warning", "note")


def _level(text: str) -> str:
    if text not in _LEVELS:
        raise UsageError(f"rules lint: --fail-on takes {', '.join(_LEVELS)}, not {text}")
    return text


def _code(text: str) -> str:
    from pysysdig.workbench.lint.settings import known_code

    if not known_code(text):
        raise UsageError(f"rules lint: there is no lint {text}; --codes lists them")
    return text


SYNTAX = Syntax(
    "rules lint",
    "FILE...",
    "Say what is valid in rule files (or those in directories), but hardly meant, and what Falco would say. The files are loaded "
    "together, in this order. The exit status is 0 if nothing is found, 1 if something is, 2 if the rules do not load.",
    (
        Option("fix", "", "fix", NONE, "", "", "Put right what can be, and say what was. Rules that no finding is about stay "
               "what they are, or nothing is done.", Put("lint.fix")),
        Option("diff", "", "diff", NONE, "", "", "Print what --fix would change.", Put("lint.diff")),
        *report_options("rules lint", _FORMATS),
        Option("only", "", "only", REQUIRED, "CODE", "", "Look for this only. May be repeated.", Add("lint.only", _code)),
        Option("disable", "", "disable", REQUIRED, "CODE", "", "Do not look for this. May be repeated.",
               Add("lint.disable", _code)),
        Option("fail_on", "", "fail-on", REQUIRED, "LEVEL", "", "error, warning (the default) or note: findings below LEVEL do "
               "not make the exit status 1.", Put("lint.fail_on", parse=_level)),
        Option("tests", "", "tests", REQUIRED, "PATH", "", "Test files: rules of which no test expects an alert are found "
               "(PS015).", Add("lint.tests")),
        Option("settings", "", "settings", REQUIRED, "FILE", "", "Settings instead of those in .pysysdig-rules.yaml.",
               Put("lint.settings", parse=str)),
        Option("codes", "", "codes", NONE, "", "", "List what is looked for.", Put("lint.codes")),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    given = draft.of("lint")
    from pysysdig.output.stream import say
    from pysysdig.workbench.lint.model import CODES

    if given.get("codes"):
        say("".join(f"{c.code}  {c.level:<8} {c.short}\n" for c in CODES))
        return 0
    if not paths:
        raise UsageError("rules lint: which files?")
    from pysysdig.workbench.files import tested_rules
    from pysysdig.workbench.lint.formats import FORMATS, worst
    from pysysdig.workbench.lint.run import lint
    from pysysdig.workbench.lint.settings import read_settings
    from pysysdig.workbench.source import read_files

    settings = read_settings(given.get("settings", ""))
    settings = settings._replace(
        only=settings.only | frozenset(given.get("only", ())),
        without=settings.without | frozenset(given.get("disable", ())) - frozenset(given.get("only", ())),
        tests=tuple(given.get("tests", ())) or settings.tests,
    )
    contents = read_files(paths)
    if given.get("fix") or given.get("diff"):
        from pysysdig.workbench.lint.fixes import fix

        fixed = fix(contents, settings)
        _tell(contents, fixed, write=bool(given.get("fix")))
        contents = fixed.contents
        if given.get("diff") and not given.get("fix"):
            return 1 if fixed.findings else 0
    tested = tested_rules(settings.tests) if settings.tests else None
    linted = lint(contents, settings, tested)
    deliver(draft.of("report"), "text", lambda name: FORMATS[name](linted), [name for name, _ in contents])
    if not linted.loads:
        return 2
    return 1 if worst(linted.findings) <= _LEVELS.index(given.get("fail_on", "warning")) else 0


def _tell(contents: list[tuple[str, bytes]], fixed: Fixed, *, write: bool) -> None:
    """Write what was put right, or show it as a diff, and say to which rules it makes a difference."""
    import sys

    from pysysdig.output.stream import say
    from pysysdig.output.terminal import escaped
    from pysysdig.workbench.writing import diff, rewrite

    for (name, before), (_, after) in zip(contents, fixed.contents):
        if before == after:
            continue
        if write:
            rewrite(name, after)
        else:
            say(escaped(diff(name, before.decode("utf-8", "replace"), after.decode("utf-8", "replace"))))
    if fixed.findings:
        what = f"changes what {', '.join(fixed.rules)} match" if fixed.rules else "changes no rule"
        count = f"{len(fixed.findings)} finding{'s' if len(fixed.findings) > 1 else ''}"
        sys.stderr.write(escaped(f"{'fixed' if write else 'would fix'} {count}; that {what}\n"))
