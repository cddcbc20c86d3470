"""Commands beside sysdig's command line: `pysysdig rules ...`.

The first word alone decides: `pysysdig -- rules` and `pysysdig -q rules` are sysdig's command line and a filter. A command is one
module with `run(argv) -> status` and one row here; one that has commands of its own (verbs) has a table of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from pysysdig.cli.subcommand import Syntax


class Command(NamedTuple):
    """A command: its name, the module that is imported when it is called, and what it does in one line."""

    name: str
    module: str
    summary: str

    def run(self, argv: Sequence[str]) -> int:
        """Run it with the words that follow it; returns the exit status. Raises PysysdigError, BrokenPipeError."""
        status: int = import_module(self.module).run(argv)
        return status

    def verbs(self) -> tuple[Command, ...]:
        """The commands it has of its own."""
        found: tuple[Command, ...] = getattr(import_module(self.module), "VERBS", ())
        return found

    @property
    def syntax(self) -> Syntax | None:
        """What its command line is; None if it does not say."""
        found: Syntax | None = getattr(import_module(self.module), "SYNTAX", None)
        return found


COMMANDS = (
    Command("rules", "pysysdig.cli.rule_commands", "check Falco's rule files, and show what is in them"),
    Command("service", "pysysdig.cli.service", "run Falco's rules as a service"),
    Command("alerts", "pysysdig.cli.alerts", "sum alerts up, of files, journals and captures"),
    Command("sql", "pysysdig.cli.sql", "answer queries on captures and Parquet files"),
    Command("serve", "pysysdig.cli.serve", "show reports in a browser on this machine"),
    Command("diff", "pysysdig.cli.diff", "tell what is different in two captures"),
    Command("scan", "pysysdig.cli.scan", "look for secrets in captures and tables"),
    Command("schema", "pysysdig.cli.schema", "show the columns of the table events"),
)


def find(argv: Sequence[str], commands: Sequence[Command] = COMMANDS) -> Command | None:
    """The command that the first word names."""
    return next((c for c in commands if argv[:1] == [c.name]), None)


def run_verb(name: str, argv: Sequence[str], verbs: Sequence[Command]) -> int:
    """Run the verb of the command `name` that the first word names; without words, or with -h, tell what there is."""
    verb = find(argv, verbs)
    if verb is not None:
        return verb.run(argv[1:])
    if argv and argv[0] not in ("-h", "--help"):
        hint = did_you_mean(argv[0], [v.name for v in verbs], 1) or f"there are {', '.join(v.name for v in verbs)}"
        raise UsageError(f"{name}: unknown command {argv[0]}; {hint}")
    from pysysdig.output.stream import say

    say(f"Usage: pysysdig {name} COMMAND ...\n\n" + "".join(f"  {v.name:<12}{v.summary}\n" for v in verbs))
    return 0 if argv else 1
