"""Compares --validate and --describe-rule with what Falco says of a directory of small rule files.

    python tests/rules/conformance_validate.py DIRECTORY [-v]

The directory has NAME.yaml and NAME.json (status, text, JSON load result, description). Levels, each counted: verdict
(status, codes, item types, places), condition (compiled conditions), describe (the whole description), json and text
(equal to the last byte, but for carets in conditions and hints, which differ on purpose).
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.describe import describe
from pysysdig.rules.load import RuleText
from pysysdig.rules.validate import validate

LEVELS = ("verdict", "condition", "describe", "json", "text")


def load_cases(directory: Path) -> list[tuple[str, dict[str, Any]]]:
    """Names and what the reference says."""
    return [(f.stem, json.loads(f.read_text())) for f in sorted(directory.glob("*.json"))]


def verdict(result: dict[str, Any] | None) -> Any:
    """What has to agree of a load result: codes and places."""
    if result is None:
        return None
    out = []
    for file in result["falco_load_results"]:
        for kind in ("errors", "warnings"):
            for problem in file[kind]:
                places = [
                    (loc["item_type"], loc["item_name"], *(loc["position"][k] for k in ("name", "line", "column", "offset")))
                    for loc in problem["context"]["locations"]
                ]
                out.append((kind, problem["code"], problem.get("deprecated_field"), places))
    return out


def without_extras(result: Any) -> Any:
    """A load result without what differs on purpose."""
    result = copy.deepcopy(result)
    for file in result["falco_load_results"] if result else ():
        file.pop("further_errors", None)
        for problem in file["errors"] + file["warnings"]:
            problem.pop("hint", None)
            if problem["context"]["locations"][-1]["item_type"] == "condition expression":
                problem["context"]["snippet"] = ""
    return result


def plain_text(text: str) -> str:
    """Text without carets and hints."""
    lines = text.split("\n")
    return "\n".join(x for x in lines if x.strip(" ") != "^" and not x.startswith("    hint: ")).rstrip("\n")


def conditions(description: dict[str, Any] | None) -> Any:
    """The compiled conditions of a description."""
    if description is None:
        return None
    return {
        (kind, item["info"]["name"]): item["details"].get("condition_compiled", item["details"].get("items_compiled"))
        for kind in ("rules", "macros", "lists")
        for item in description[kind]
    }


def unordered(value: Any) -> Any:
    """Lists of strings sorted: the reference's order is that of a hash table."""
    if isinstance(value, dict):
        return {k: unordered(v) for k, v in value.items()}
    if isinstance(value, list):
        if all(isinstance(v, str) for v in value):
            return sorted(value)
        return [unordered(v) for v in value]
    return value


def suggested() -> list[AppendOutput]:
    """What the reference's default configuration appends to outputs."""
    entry = AppendOutput()
    entry.suggested_output = True
    return [entry]


def compare(directory: Path, name: str, expected: dict[str, Any]) -> dict[str, Any]:
    """For each level None if we agree, else (theirs, ours)."""
    files = [RuleText(f"{name}.yaml", (directory / f"{name}.yaml").read_bytes())]
    shown = validate(files, False, suggested())
    outcome = validate(files, True, suggested())
    ours = json.loads(outcome.text) if outcome.text else None
    theirs = expected["json"]
    description = describe(outcome.rule_set, None) if outcome.status == 0 else None
    pairs = {
        "verdict": ((expected["status"], verdict(theirs)), (outcome.status, verdict(ours))),
        "condition": (conditions(expected["describe"]), conditions(description)),
        "describe": (unordered(expected["describe"]), unordered(description)),
        "json": (without_extras(theirs), without_extras(ours)),
        "text": (plain_text(expected["text_stdout"]), plain_text(shown.text)),
    }
    return {level: None if a == b else (a, b) for level, (a, b) in pairs.items()}


def main() -> int:
    directory = Path(sys.argv[1])
    cases = load_cases(directory)
    counts = dict.fromkeys(LEVELS, 0)
    for name, expected in cases:
        differences = compare(directory, name, expected)
        for level in LEVELS:
            counts[level] += differences[level] is None
            if differences[level] is not None:
                print(f"{name}: {level}")
                if "-v" in sys.argv:
                    print(f"    theirs {differences[level][0]!r}\n    ours   {differences[level][1]!r}")
    print(", ".join(f"{level} {counts[level]}" for level in LEVELS), f"of {len(cases)}")
    return 0 if counts["verdict"] == counts["condition"] == len(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
