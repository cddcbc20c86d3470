"""`pysysdig rules list`: the same as --rules FILE --list-rules."""

from __future__ import annotations

from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_files import run as run_job
from pysysdig.cli.subcommand import Syntax, borrowed

SYNTAX = Syntax(
    "rules list",
    "[FILE...]",
    "List the rules of rule files (or of those in directories, or of those that the configuration names).",
    borrowed("json", "config", "config_option"),
)


@SYNTAX.command
def run(draft: Draft, files: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    draft.action = "list_rules"
    draft.values["rules.files"] = tuple(files)
    return run_job(job_of(draft))
