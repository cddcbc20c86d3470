"""`pysysdig rules schema`: JSON Schemas of rule files and test files."""

from __future__ import annotations

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "rules schema",
    "",
    "Print the JSON Schema of rule files, for editors and for those who check files otherwise.",
    (Option("tests", "", "tests", NONE, "", "", "Of test files instead.", Put("schema.tests")),),
)


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    if words:
        raise UsageError(f"rules schema: what is {words[0]}? it takes no files")
    import json

    from pysysdig.output.stream import say
    from pysysdig.workbench.schemas import rule_files, test_files

    say(json.dumps(test_files() if draft.of("schema").get("tests") else rule_files(), indent=1) + "\n")
    return 0
