"""`pysysdig rules describe`: the same as --rules FILE --describe-rule NAME."""

from __future__ import annotations

from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_files import run as run_job
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "rules describe",
    "NAME [FILE...]",
    "Show what the rule NAME amounts to: its condition with macros and lists replaced, the fields, the events.",
    borrowed("json", "config", "config_option"),
)


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    if not words:
        raise UsageError("rules describe: which rule?")
    draft.action, draft.argument = "describe_rule", words[0]
    draft.values["rules.files"] = tuple(words[1:])
    return run_job(job_of(draft))
