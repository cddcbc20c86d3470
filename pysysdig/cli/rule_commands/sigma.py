"""`pysysdig rules sigma VERB`: Sigma's rules for Linux as Falco's."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.cli.commands import Command, run_verb
from pysysdig.cli.failure import two_on_error

VERBS = (
    Command("convert", "pysysdig.cli.rule_commands.sigma_convert", "write Sigma's rules as Falco's"),
    Command("run", "pysysdig.cli.rule_commands.sigma_run", "try Sigma's rules on traces"),
)


@two_on_error
def run(argv: Sequence[str]) -> int:
    """Run the verb that the first word names; returns the exit status. Raises BrokenPipeError."""
    return run_verb("rules sigma", argv, VERBS)
