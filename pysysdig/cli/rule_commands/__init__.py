"""`pysysdig rules VERB`: rule files without events. A verb is one module here and one row of VERBS."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.cli.commands import Command, run_verb

VERBS = (
    Command("validate", "pysysdig.cli.rule_commands.validate", "say what is wrong with rule files"),
    Command("list", "pysysdig.cli.rule_commands.list_rules", "list the rules of rule files"),
    Command("describe", "pysysdig.cli.rule_commands.describe", "show what one rule amounts to"),
    Command("extract", "pysysdig.cli.rule_commands.extract", "write a synthetic test of events of a trace"),
    Command("explain", "pysysdig.cli.rule_commands.explain", "tell why a rule fired at events of a trace, or did not"),
    Command("test", "pysysdig.cli.rule_commands.test", "run test files of rules, on traces or on events that they describe"),
    Command("lint", "pysysdig.cli.rule_commands.lint", "say what is valid in rule files, but hardly meant"),
    Command("fmt", "pysysdig.cli.rule_commands.fmt", "lay rule files out"),
    Command("backtest", "pysysdig.cli.rule_commands.backtest", "try rules on many traces, also against other rules"),
    Command("tune", "pysysdig.cli.rule_commands.tune", "propose exceptions for the alerts that rules raise"),
    Command("diff", "pysysdig.cli.rule_commands.diff", "tell what two rule sets, or files of alerts, differ in"),
    Command("doc", "pysysdig.cli.rule_commands.doc", "describe rules for people, with a table of ATT&CK"),
    Command("schema", "pysysdig.cli.rule_commands.schema", "print the JSON Schema of rule files or test files"),
    Command("sigma", "pysysdig.cli.rule_commands.sigma", "convert Sigma's rules for Linux, or try them on traces"),
)


def run(argv: Sequence[str]) -> int:
    """Run the verb that the first word names; returns the exit status. Raises PysysdigError, BrokenPipeError."""
    return run_verb("rules", argv, VERBS)
