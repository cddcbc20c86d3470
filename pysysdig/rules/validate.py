"""`--validate`: rule files checked without loading anything else, said in Falco's words or its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.rules.load import Loader, RuleText
from pysysdig.rules.model import RuleSet

if TYPE_CHECKING:
    from pysysdig.rules.appended import AppendOutput


class Outcome(NamedTuple):
    """What came of a validation.

    text      for standard output
    log       for standard error: warnings, and errors after the first of a file
    status    0 or 1
    rule_set  what was loaded
    """

    text: str
    log: str
    status: int
    rule_set: RuleSet


def validate(files: Sequence[str | RuleText], as_json: bool = False, append_output: Sequence[AppendOutput] = ()) -> Outcome:
    """Load files one after the other into one set; each is judged together with those before it.

    The text names every file; with `as_json` it is one line. Warnings of files without errors are in the log.
    """
    loader = Loader(append_output)
    texts: list[str] = []
    log: list[str] = []
    for file in files:
        result = loader.add(file)
        if loader.missing_plugins:
            break
        if result.unread:
            log.append(result.as_text())
        elif result.successful and result.warnings:
            texts.append(f"{result.name}: Ok, with warnings")
            log.append(result.as_text())
        else:
            texts.append(result.as_text())
            log.append(result.further_text())
    rule_set = loader.rule_set()
    if rule_set.missing_plugins:
        return Outcome("", f"Error: {rule_set.missing_plugins}\n", 1, rule_set)
    status = 0 if rule_set.successful else 1
    if as_json:
        return Outcome(_json([r.as_json() for r in rule_set.results]), "", status, rule_set)
    return Outcome("".join(f"{text}\n" for text in texts), "".join(log), status, rule_set)


def _json(results: list[dict[str, object]]) -> str:
    import json

    return json.dumps({"falco_load_results": results}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
