"""Falco's configuration: the keys that are about rules, the format of alerts, and where they go.

Keys that are known to Falco but mean nothing here (drivers, plugins, metrics ...) are ignored.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from pysysdig.errors import UsageError
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.config_tree import at, items, text
from pysysdig.rules.drops import DropPolicy
from pysysdig.rules.engine import FIRST, MATCHINGS, Switch
from pysysdig.rules.load import rule_files
from pysysdig.rules.model import parse_priority

_TRUE = frozenset({"y", "yes", "true", "on"})
_FALSE = frozenset({"n", "no", "false", "off"})
_UNSUPPORTED_OUTPUTS = ("syslog_output", "http_output", "grpc_output")


class AlertSink(NamedTuple):
    """Where alerts go beside standard output.

    target      path of a file, or a command of the shell
    keep_alive  stays open between alerts
    """

    target: str
    keep_alive: bool


class RuleConfig:
    """What the configuration says; the attributes are named like Falco's keys and have its defaults.

    priority      the number that rules may have at most (model.PRIORITIES)
    rules         Switches, in order
    rules_files   rule files and directories
    capture_file  engine.replay.capture_file, "" none
    stdout_output, file_output, program_output   where alerts go; None: not there
    unsupported_outputs   others that are enabled
    syscall_event_drops   what to do about lost events
    """

    __slots__ = (
        "append_output", "buffer_format_base64", "capture_file", "file_output", "json_include_message_property",
        "json_include_output_fields_property", "json_include_output_property", "json_include_tags_property", "json_output",
        "priority", "program_output", "rule_matching", "rules", "rules_files", "stdout_output", "syscall_event_drops",
        "time_format_iso_8601", "unsupported_outputs",
    )  # fmt: skip

    def __init__(self, tree: dict[str, Any] | None = None) -> None:
        """Take the values from a configuration tree (config_tree.read); raises UsageError."""
        tree = tree or {}
        self.json_output = _bool(tree, "json_output", False)
        self.json_include_output_property = _bool(tree, "json_include_output_property", True)
        self.json_include_message_property = _bool(tree, "json_include_message_property", False)
        self.json_include_output_fields_property = _bool(tree, "json_include_output_fields_property", True)
        self.json_include_tags_property = _bool(tree, "json_include_tags_property", True)
        self.time_format_iso_8601 = _bool(tree, "time_format_iso_8601", False)
        self.buffer_format_base64 = _bool(tree, "buffer_format_base64", False)
        self.rule_matching = text(tree.get("rule_matching", FIRST))
        if self.rule_matching not in MATCHINGS:
            raise UsageError(f'Unknown rule matching strategy "{self.rule_matching}"--must be one of first, all')
        priority = text(tree.get("priority", "debug"))
        number = parse_priority(priority)
        if number is None:
            raise UsageError(
                f'Unknown priority "{priority}"--must be one of emergency, alert, critical, error, warning, notice, '
                "informational, debug"
            )
        self.priority = number
        self.rules = [_switch(item) for item in items(tree.get("rules"))]
        self.append_output = [_append_output(item) for item in items(tree.get("append_output"))]
        self.rules_files = _rules_files(tree)
        self.capture_file = _capture_file(tree)
        self.stdout_output = _bool(tree, "stdout_output.enabled", True)
        self.file_output = _sink(tree, "file", "filename")
        self.program_output = _sink(tree, "program", "program")
        self.unsupported_outputs = [key for key in _UNSUPPORTED_OUTPUTS if _bool(tree, f"{key}.enabled", False)]
        self.syscall_event_drops = _drops(tree)

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


def _bool(tree: dict[str, Any], path: str, default: bool) -> bool:
    word = text(at(tree, path)).lower()
    return True if word in _TRUE else False if word in _FALSE else default


def _number(tree: dict[str, Any], path: str, default: float) -> float:
    value = text(at(tree, path))
    try:
        number = float(value) if value else default
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"configuration key {path}: {value} is not a number")
    return number


def _rules_files(tree: dict[str, Any]) -> list[str]:
    if "rules_files" in tree and "rules_file" in tree:
        raise UsageError("configuration: both 'rules_files' and 'rules_file' keys set")
    return [text(f) for f in items(tree.get("rules_files", tree.get("rules_file"))) if text(f)]


def _capture_file(tree: dict[str, Any]) -> str:
    """The capture that the configuration wants to be read; only where no other engine is chosen."""
    path = text(at(tree, "engine.replay.capture_file"))
    kind = text(at(tree, "engine.kind"))
    if kind == "replay" and not path:
        raise UsageError("configuration: engine.kind is 'replay' but no engine.replay.capture_file specified.")
    return path if kind in ("", "replay") else ""


def _sink(tree: dict[str, Any], kind: str, key: str) -> AlertSink | None:
    if not _bool(tree, f"{kind}_output.enabled", False):
        return None
    target = text(at(tree, f"{kind}_output.{key}"))
    if not target:
        raise UsageError(f"configuration: {kind} output enabled but no {key} in configuration block")
    return AlertSink(target, _bool(tree, f"{kind}_output.keep_alive", False))


def _drops(tree: dict[str, Any]) -> DropPolicy:
    key = "syscall_event_drops"
    if not isinstance(tree.get(key), dict):
        return DropPolicy()
    actions = [text(action) for action in items(at(tree, f"{key}.actions"))]
    threshold = _number(tree, f"{key}.threshold", 0.1)
    simulate = _bool(tree, f"{key}.simulate_drops", False)
    policy = DropPolicy(
        threshold, frozenset(actions), _number(tree, f"{key}.rate", 0.03333), _number(tree, f"{key}.max_burst", 1), simulate
    )
    wrong = policy.mistake(actions)
    if wrong:
        raise UsageError(f"configuration key {key}: {wrong}")
    return policy


def _switch(item: Any) -> Switch:
    what = item if isinstance(item, dict) else {}
    for key, enable in (("enable", True), ("disable", False)):
        chosen = what.get(key)
        if isinstance(chosen, dict) and (text(chosen.get("rule")) or text(chosen.get("tag"))):
            return Switch(enable=enable, rule=text(chosen.get("rule")), tag=text(chosen.get("tag")))
    raise UsageError("configuration key rules: each entry is enable or disable with a rule or a tag")


def _append_output(item: Any) -> AppendOutput:
    if not isinstance(item, dict):
        raise UsageError("configuration key append_output: each entry is a mapping")
    out = AppendOutput()
    match = item.get("match")
    if isinstance(match, dict):
        out.source = text(match.get("source"))
        out.rule = text(match.get("rule"))
        out.tags = {text(tag) for tag in items(match.get("tags"))}
    out.extra_output = text(item.get("extra_output"))
    out.suggested_output = _bool(item, "suggested_output", False)
    for field in items(item.get("extra_fields")):
        if isinstance(field, str):
            out.raw_fields.append(field)
        elif isinstance(field, dict) and len(field) == 1:
            ((key, value),) = field.items()
            out.formatted_fields[key] = text(value)
        else:
            raise UsageError("configuration key append_output: an extra field is a name, or one name with a format")
    return out
