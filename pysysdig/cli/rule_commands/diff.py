"""`pysysdig rules diff`: what two rule sets, or two files of alerts, differ in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import UsageError

if TYPE_CHECKING:
    from pysysdig.cli.meanings import Draft
    from pysysdig.rules.model import RuleSet
    from pysysdig.workbench.alert_diff import Only
    from pysysdig.workbench.rule_diff import RuleSetDiff

SYNTAX = Syntax(
    "rules diff",
    "A B",
    "Tell what two rule sets differ in: not their text, but what the rules amount to. A and B are files joined by commas, or "
    "directories. Files that are not YAML are alerts, one JSON object a line, ours or Falco's: of these it is told which only "
    "one file has, whenever they were. With --rules A and B are traces, and their alerts are compared. The exit status is 1 if "
    "anything differs.",
    (
        Option("fields", "", "fields", REQUIRED, "FIELD,...", "", "Of alerts: compare these fields.", Add("diff.fields")),
        Option("exact", "", "exact", NONE, "", "", "Of alerts: compare also times, process ids, descriptors and ids of "
               "containers.", Put("diff.exact")),
        *report_options("rules diff", ("pretty", "json")),
        *borrowed("rules", "config", "config_option"),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    if len(words) != 2:
        raise UsageError("rules diff: which two? A and B")
    asked, report = draft.take("diff"), draft.take("report")
    if all(_is_rules(word) for word in words):
        from pysysdig.workbench.rule_diff import rule_diff

        found = rule_diff(_rules(words[0]), _rules(words[1]))
        deliver(report, "pretty", lambda name: _rules_json(found) if name == "json" else _rules_text(found))
        return 1 if found.differs else 0
    from pysysdig.workbench.alert_diff import differences, read

    fields = [field for text in asked.get("fields", ()) for field in text.split(",") if field]
    first, second = _raised(draft, words) if draft.of("rules").get("files") else map(read, words)
    alerts = differences(first, second, fields, exact=bool(asked.get("exact")))
    deliver(report, "pretty", lambda name: _alerts_json(alerts) if name == "json" else _alerts_text(alerts))
    return 1 if alerts else 0


def _raised(draft: Draft, traces: Sequence[str]) -> list[Iterator[tuple[str, dict[str, Any]]]]:
    """The alerts of the rules of the command line on each of two traces."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.rule_commands.rule_sets import variants
    from pysysdig.workbench.raised import raised

    config = alert_config(job_of(draft))
    (base,) = variants(draft, config, ())
    return [((a.rule, a.fields) for a in raised(trace, base.rules, config)) for trace in traces]


def _is_rules(word: str) -> bool:
    return all(part.endswith((".yaml", ".yml")) or os.path.isdir(part) for part in word.split(","))


def _rules(word: str) -> RuleSet:
    from pysysdig.rules.load import RuleText, load_rules
    from pysysdig.workbench.compiled import first_error
    from pysysdig.workbench.source import read_files

    loaded = load_rules([RuleText(name, raw) for name, raw in read_files(word.split(","))])
    error = first_error(loaded)
    if error is not None:
        raise error
    return loaded


def _rules_text(found: RuleSetDiff) -> str:
    from pysysdig.output.terminal import escaped

    out = []
    for change in found.rules:
        out.append(f"{change.kind:<8} rule {change.rule}")
        for what, before, after in change.parts:
            out += [f"  {what}", *([f"  - {before}"] if before else []), *([f"  + {after}"] if after else [])]
    for item in found.items:
        out.append(f"{item.kind:<8} {item.of} {item.name}")
        if item.kind == "changed":
            out += [f"  - {item.before}", f"  + {item.after}"]
    return escaped("\n".join(out or ["no rule differs"])) + "\n"


def _rules_json(found: RuleSetDiff) -> str:
    rules = [
        {"kind": c.kind, "rule": c.rule, "parts": [dict(zip(("what", "before", "after"), part)) for part in c.parts]}
        for c in found.rules
    ]
    return json.dumps({"schema": 1, "rules": rules, "items": [item._asdict() for item in found.items]}, indent=1) + "\n"


def _alerts_text(found: Sequence[Only]) -> str:
    from pysysdig.output.terminal import escaped

    out = []
    for only in found:
        values = " ".join(f"{name}={' '.join(value.splitlines())}" for name, value in only.fields.items())
        out.append(f"{'-' if only.side == 'A' else '+'} {only.number} x {only.rule}  {values}".rstrip())
    return escaped("\n".join(out or ["no alert differs"])) + "\n"


def _alerts_json(found: Sequence[Only]) -> str:
    return json.dumps({"schema": 1, "alerts": [only._asdict() for only in found]}, indent=1) + "\n"
