"""`pysysdig rules fmt`: the layout of rule files."""

from __future__ import annotations

from pysysdig.cli import values
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "rules fmt",
    "FILE...",
    "Lay rule files (or those in directories) out anew: long conditions with one term a line, lists filled, one blank line "
    "between items. Comments stay, and so does what the rules amount to, which is checked before anything is written.",
    (
        Option(
            "check", "", "check", NONE, "", "", "Write nothing; the exit status is 1 if a file would change.", Put("fmt.check")
        ),
        Option("diff", "", "diff", NONE, "", "", "Write nothing; print what would change.", Put("fmt.diff")),
        Option(
            "width", "", "width", REQUIRED, "NUM", "", "The width of lines (120).",
            Put("fmt.width", parse=values.between("rules fmt: --width", 40, 1000)),
        ),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, paths: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    if not paths:
        raise UsageError("rules fmt: which files?")
    given = draft.of("fmt")
    from pysysdig.output.stream import say
    from pysysdig.output.terminal import escaped
    from pysysdig.workbench.layout import WIDTH, lay_out
    from pysysdig.workbench.source import read_files
    from pysysdig.workbench.writing import diff, rewrite

    laid = [one for one in lay_out(read_files(paths), given.get("width", WIDTH)) if one.before != one.after]
    for name, before, after in laid:
        if given.get("diff"):
            say(escaped(diff(name, before, after)))
        elif given.get("check"):
            say(escaped(f"{name}: would be laid out anew (--diff shows how)\n"))
        else:
            rewrite(name, after.encode())
            say(escaped(f"{name}: laid out anew\n"))
    return 1 if laid and (given.get("check") or given.get("diff")) else 0
