"""Falco's configuration: the keys that are about rules, the format of alerts, and where they go.

Keys that are known to Falco but mean nothing here (drivers, plugins, metrics ...) are ignored.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from pysysdig.errors import UsageError
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.config_tree import BadKey, at, boolean, items, number, text
from pysysdig.rules.drops import DropPolicy
from pysysdig.rules.engine import FIRST, MATCHINGS, Switch
from pysysdig.rules.files import rule_files
from pysysdig.rules.model import parse_priority


class RuleConfig:
    """What the configuration says; the attributes are named like Falco's keys and have its defaults.

    priority      the number that rules may have at most (model.PRIORITIES)
    rules         Switches, in order
    rules_files   rule files and directories
    capture_file  engine.replay.capture_file, "" none
    syscall_event_drops   what to do about lost events
    """

    __slots__ = (
        "_tree", "append_output", "buffer_format_base64", "capture_file", "json_include_message_property",
        "json_include_output_fields_property", "json_include_output_property", "json_include_tags_property", "json_output",
        "priority", "rule_matching", "rules", "rules_files", "syscall_event_drops", "time_format_iso_8601",
    )  # fmt: skip

    def __init__(self, tree: dict[str, Any] | None = None) -> None:
        """Take the values from a configuration tree (config_tree.read); raises UsageError."""
        self._tree = tree = tree or {}
        self.json_output = boolean(tree, "json_output", False)
        self.json_include_output_property = boolean(tree, "json_include_output_property", True)
        self.json_include_message_property = boolean(tree, "json_include_message_property", False)
        self.json_include_output_fields_property = boolean(tree, "json_include_output_fields_property", True)
        self.json_include_tags_property = boolean(tree, "json_include_tags_property", True)
        self.time_format_iso_8601 = boolean(tree, "time_format_iso_8601", False)
        self.buffer_format_base64 = boolean(tree, "buffer_format_base64", False)
        self.rule_matching = text(tree.get("rule_matching", FIRST))
        if self.rule_matching not in MATCHINGS:
            raise BadKey("rule_matching", f'Unknown rule matching strategy "{self.rule_matching}"--must be one of first, all')
        priority = text(tree.get("priority", "debug"))
        level = parse_priority(priority)
        if level is None:
            raise BadKey(
                "priority",
                f'Unknown priority "{priority}"--must be one of emergency, alert, critical, error, warning, notice, '
                "informational, debug",
            )
        self.priority = level
        self.rules = [_switch(item) for item in items(tree.get("rules"))]
        self.append_output = [_append_output(item) for item in items(tree.get("append_output"))]
        self.rules_files = _rules_files(tree)
        self.capture_file = _capture_file(tree)
        self.syscall_event_drops = _drops(tree)

    def section(self, key: str) -> dict[str, Any]:
        """What is said under a key of the top that is a mapping: about outputs, which know their keys themselves."""
        found = self._tree.get(key)
        return found if isinstance(found, dict) else {}

    def rule_paths(self, given: Sequence[str]) -> list[str]:
        """The rule files to load: the given ones, or those of the configuration that exist; directories are looked into.

        Raises UsageError if there are none.
        """
        named = given or self.rules_files
        if not named:
            raise UsageError("no rules: --rules, or rules_files in the configuration, must name rule files")
        paths = rule_files(given or [path for path in named if os.path.exists(path)])
        if not paths:
            raise UsageError(f"no rules: no .yaml or .yml files ({', '.join(named)})")
        return paths


def _rules_files(tree: dict[str, Any]) -> list[str]:
    if "rules_files" in tree and "rules_file" in tree:
        raise UsageError("configuration: both 'rules_files' and 'rules_file' keys set")
    return [text(f) for f in items(tree.get("rules_files", tree.get("rules_file"))) if text(f)]


def _capture_file(tree: dict[str, Any]) -> str:
    """The capture that the configuration wants to be read; only where no other engine is chosen."""
    path = text(at(tree, "engine.replay.capture_file"))
    kind = text(at(tree, "engine.kind"))
    if kind == "replay" and not path:
        raise BadKey("engine.kind", "configuration: engine.kind is 'replay' but no engine.replay.capture_file specified.")
    return path if kind in ("", "replay") else ""


def _drops(tree: dict[str, Any]) -> DropPolicy:
    key = "syscall_event_drops"
    if not isinstance(tree.get(key), dict):
        return DropPolicy()
    actions = [text(action) for action in items(at(tree, f"{key}.actions"))]
    threshold = number(tree, f"{key}.threshold", 0.1)
    simulate = boolean(tree, f"{key}.simulate_drops", False)
    policy = DropPolicy(
        threshold, frozenset(actions), number(tree, f"{key}.rate", 0.03333), number(tree, f"{key}.max_burst", 1), simulate
    )
    wrong = policy.mistake(actions)
    if wrong:
        raise BadKey(key, f"configuration key {key}: {wrong}")
    return policy


def _switch(item: Any) -> Switch:
    what = item if isinstance(item, dict) else {}
    for key, enable in (("enable", True), ("disable", False)):
        chosen = what.get(key)
        if isinstance(chosen, dict) and (text(chosen.get("rule")) or text(chosen.get("tag"))):
            return Switch(enable=enable, rule=text(chosen.get("rule")), tag=text(chosen.get("tag")))
    raise BadKey("rules", "configuration key rules: each entry is enable or disable with a rule or a tag")


def _append_output(item: Any) -> AppendOutput:
    if not isinstance(item, dict):
        raise BadKey("append_output", "configuration key append_output: each entry is a mapping")
    out = AppendOutput()
    match = item.get("match")
    if isinstance(match, dict):
        out.source = text(match.get("source"))
        out.rule = text(match.get("rule"))
        out.tags = {text(tag) for tag in items(match.get("tags"))}
    out.extra_output = text(item.get("extra_output"))
    out.suggested_output = boolean(item, "suggested_output", False)
    for field in items(item.get("extra_fields")):
        if isinstance(field, str):
            out.raw_fields.append(field)
        elif isinstance(field, dict) and len(field) == 1:
            ((key, value),) = field.items()
            out.formatted_fields[key] = text(value)
        else:
            raise BadKey("append_output", "configuration key append_output: an extra field is a name, or one name with a format")
    return out
