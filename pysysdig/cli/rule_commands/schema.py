"""`pysysdig rules schema`: JSON Schemas of rule files and test files."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.cli.meanings import Put
from pysysdig.cli.option import NONE, Option
from pysysdig.cli.rule_commands.failure import two_on_error
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "rules schema",
    "",
    "Print the JSON Schema of rule files, for editors and for those who check files otherwise.",
    (Option("tests", "", "tests", NONE, "", "", "Of test files instead.", Put("schema.tests")),),
)


@two_on_error
def run(argv: Sequence[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    parsed = SYNTAX.parse(argv)
    if parsed is None:
        return 0
    draft, words = parsed
    if words:
        raise UsageError(f"rules schema: what is {words[0]}? it takes no files")
    import json

    from pysysdig.output.stream import say
    from pysysdig.workbench.schemas import rule_files, test_files

    say(json.dumps(test_files() if draft.of("schema").get("tests") else rule_files(), indent=1) + "\n")
    return 0
