"""Writing what tests got into what they expect: only counts and names of rules, and only where that alone differs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from pysysdig.errors import PysysdigError
from pysysdig.rules.yamldoc import MAPPING, Node
from pysysdig.workbench.model import Case, Raised
from pysysdig.workbench.play import play
from pysysdig.workbench.verdict import FAILED, Outcome

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9_./-]|[A-Za-z]")
_UPDATED = {"missing", "shadowed", "unexpected", "count"}
_SPECIAL = frozenset({"true", "false", "yes", "no", "on", "off", "null"})


def update(outcomes: Iterable[Outcome]) -> tuple[list[str], list[str]]:
    """Rewrite the expectations of tests that failed. Returns what was updated and what was not, in lines.
    Raises PysysdigError."""
    done: list[str] = []
    left: list[str] = []
    for path, group in groupby((o for o in outcomes if o.status == FAILED), lambda o: o.case.place.name):
        edits: list[tuple[int, int, str]] = []
        text = ""
        for outcome in group:
            case = outcome.case
            text = case.place.text_of_file
            where = f"{path}:{case.line}  {case.name}"
            why = _unsuitable(case, outcome)
            end = -1 if why else _end(text, case.node.entries["expect"])
            if not why and end < 0:
                why = "its expectations are written in a way that cannot be replaced"
            if why:
                left.append(f"{where}: {why}")
                continue
            start = case.node.entries["expect"].index
            lead = "" if text[start] in "[{" else "  "  # a collection in flow style has to stand further in than its key
            edits.append((start, end, lead + _flow(case, play(case).raised)))
            done.append(where)
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        if edits:
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise PysysdigError(f"rules test: can't write {path}: {error.strerror or error}") from None
    return done, left


def _unsuitable(case: Case, outcome: Outcome) -> str:
    """Why the expectations of a test are not rewritten, "" if they are."""
    if {problem.kind for problem in outcome.problems} - _UPDATED:
        return "more differs than which rules fire and how often"
    if "cases" in case.node.entries or "matrix" in case.node.entries:
        return "several cases share its expectations"
    if case.reasons or any(want.fields or want.output or want.strict for want in case.wants):
        return "it expects more than rules and counts"
    return ""


def _flow(case: Case, raised: Sequence[Raised]) -> str:
    """What was got, in YAML's flow style."""
    expect = case.node.entries["expect"]
    if expect.kind == MAPPING:
        ids = [key.text for key, _ in expect.pairs]
        parts = []
        for name in ids:
            counts = Counter(alert.rule for alert in raised if alert.id == name)
            parts.append(f"{_scalar(name)}: [{', '.join(_want(rule, n) for rule, n in counts.items())}]")
        if not {alert.id for alert in raised} - set(ids):
            return "{" + ", ".join(parts) + "}"
    counts = Counter(alert.rule for alert in raised)
    return "[" + ", ".join(_want(rule, n) for rule, n in counts.items()) + "]"


def _want(rule: str, count: int) -> str:
    return _scalar(rule) if count == 1 else f"{{rule: {_scalar(rule)}, count: {count}}}"


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL and "  " not in text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _end(text: str, node: Node) -> int:
    """Where a collection ends in the text, -1 if that is not certain."""
    if text[node.index : node.index + 1] in ("[", "{"):
        return _flow_end(text, node.index)
    start = text.rfind("\n", 0, node.index) + 1
    column = node.index - start
    if text[start : node.index].strip():  # not at the beginning of a line
        return -1
    end = node.index
    at = start
    while at < len(text):
        newline = text.find("\n", at)
        line = text[at : newline if newline >= 0 else len(text)]
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if bare and not bare.startswith("#"):
            if indent < column or (indent == column and text[node.index] != "-" and bare.startswith("- ")):
                break
            end = at + len(line.rstrip())
        elif bare and indent < column:
            break
        if newline < 0:
            break
        at = newline + 1
    return end


def _flow_end(text: str, at: int) -> int:
    depth = 0
    quote = ""
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\" and quote == '"':
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return -1
