"""`pysysdig rules validate`: the same as --validate."""

from __future__ import annotations

from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_files import run as run_job
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "rules validate",
    "FILE...",
    "Check rule files (or those in directories) and say what is wrong with them. The exit status is 1 if any has errors.",
    borrowed("json", "config", "config_option"),
)


@SYNTAX.command
def run(draft: Draft, files: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    if not files:
        raise UsageError("rules validate: which files?")
    draft.action = "validate"
    draft.values["rules.validate"] = tuple(files)
    return run_job(job_of(draft))
