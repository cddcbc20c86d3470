"""Falco's configuration: falco.yaml and `-o key=value`, for the keys that are about rules and the format of alerts.

Keys that are known to Falco but mean nothing here (drivers, plugins, outputs other than standard output ...) are ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pysysdig.errors import UsageError
from pysysdig.rules.engine import FIRST, MATCHINGS, Switch
from pysysdig.rules.model import Rule, parse_priority

MAX_BYTES = 4 << 20
MAX_INDEX = 4096
MAX_DEPTH = 64

_TRUE = frozenset({"y", "yes", "true", "on"})
_FALSE = frozenset({"n", "no", "false", "off"})
_VARIABLE = re.compile(r"\$?\$\{([^}]*)\}")
_INDEX = re.compile(r"\[([^\]]*)\]")
_DEFAULT_PRIORITY = 7


class AppendOutput:
    """One entry of append_output: what is added to the output of the rules it is about."""

    __slots__ = ("extra_output", "formatted_fields", "raw_fields", "rule", "source", "suggested_output", "tags")

    def __init__(self) -> None:
        self.source = self.rule = ""
        self.tags: set[str] = set()
        self.extra_output = ""
        self.suggested_output = False
        self.formatted_fields: dict[str, str] = {}
        self.raw_fields: list[str] = []

    def applies(self, rule: Rule) -> bool:
        """Whether it is about this rule."""
        return self.source in ("", rule.source) and self.rule in ("", rule.name) and self.tags <= set(rule.tags)


class RuleConfig:
    """What the configuration says; the attributes are named like Falco's keys and have its defaults.

    priority      the number that rules may have at most (model.PRIORITIES)
    rules         Switches, in order
    rules_files   rule files and directories
    capture_file  engine.replay.capture_file, "" none
    """

    __slots__ = (
        "append_output", "buffer_format_base64", "capture_file", "json_include_message_property",
        "json_include_output_fields_property", "json_include_output_property", "json_include_tags_property", "json_output",
        "priority", "rule_matching", "rules", "rules_files", "time_format_iso_8601",
    )  # fmt: skip

    def __init__(self, tree: dict[str, Any] | None = None) -> None:
        """Take the values from a configuration tree (see `read`); raises UsageError."""
        tree = tree or {}
        self.json_output = _bool(tree, "json_output", False)
        self.json_include_output_property = _bool(tree, "json_include_output_property", True)
        self.json_include_message_property = _bool(tree, "json_include_message_property", False)
        self.json_include_output_fields_property = _bool(tree, "json_include_output_fields_property", True)
        self.json_include_tags_property = _bool(tree, "json_include_tags_property", True)
        self.time_format_iso_8601 = _bool(tree, "time_format_iso_8601", False)
        self.buffer_format_base64 = _bool(tree, "buffer_format_base64", False)
        self.rule_matching = _text(tree.get("rule_matching", FIRST))
        if self.rule_matching not in MATCHINGS:
            raise UsageError(f'Unknown rule matching strategy "{self.rule_matching}"--must be one of first, all')
        priority = _text(tree.get("priority", "debug"))
        number = parse_priority(priority)
        if number is None:
            raise UsageError(
                f'Unknown priority "{priority}"--must be one of emergency, alert, critical, error, warning, notice, '
                "informational, debug"
            )
        self.priority = number
        self.rules = [_switch(item) for item in _items(tree.get("rules"))]
        self.append_output = [_append_output(item) for item in _items(tree.get("append_output"))]
        self.rules_files = [_text(f) for key in ("rules_files", "rules_file") for f in _items(tree.get(key))]
        engine = tree.get("engine")
        replay = engine.get("replay") if isinstance(engine, dict) else None
        self.capture_file = _text(replay.get("capture_file", "")) if isinstance(replay, dict) else ""


def read(path: str = "", options: Sequence[str] = ()) -> dict[str, Any]:
    """The configuration tree of a falco.yaml ("" = none) with `key=value` options over it; scalars are text.

    Raises UsageError.
    """
    tree: dict[str, Any] = {}
    if path:
        tree = _load_file(path)
        for option in options:
            if option.startswith("config_files"):
                _set_option(tree, option)
        _include(tree, path)
    for option in options:
        _set_option(tree, option)
    return tree


# files


def _load_file(path: str) -> dict[str, Any]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"Could not read configuration file {path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}: a configuration of more than {MAX_BYTES} bytes")
    tree = _parse(data, path)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: a configuration is a mapping")
    expanded: dict[str, Any] = _expand(tree, 0)
    return expanded


def _parse(data: bytes, where: str) -> Any:
    """YAML as dicts, lists and text."""
    from pysysdig.rules import yamldoc

    try:
        roots = yamldoc.Document(data).read()
    except yamldoc.YamlError as error:
        raise UsageError(f"{where}: {error.message}") from None
    return _plain(roots[0]) if roots else None


def _plain(node: Any) -> Any:
    from pysysdig.rules import yamldoc

    if node.kind == yamldoc.MAPPING:
        return {key: _plain(value) for key, value in node.entries.items()}
    if node.kind == yamldoc.SEQUENCE:
        return [_plain(item) for item in node.items]
    return node.text if node.kind == yamldoc.SCALAR else None


def _expand(value: Any, depth: int) -> Any:
    """`${NAME}` in scalars replaced by environment variables; `$${NAME}` stands for `${NAME}`."""
    if depth > MAX_DEPTH:
        raise UsageError("a configuration nested too deeply")
    if isinstance(value, dict):
        return {k: _expand(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_expand(v, depth + 1) for v in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda m: m[0][1:] if m[0].startswith("$$") else os.environ.get(m[1], ""), value)
    return value


def _include(tree: dict[str, Any], main: str) -> None:
    """Merge the files that config_files names."""
    for entry in _items(tree.get("config_files")):
        strategy = "append"
        if isinstance(entry, dict):
            strategy = _text(entry.get("strategy", strategy))
            entry = entry.get("path", "")
        path = Path(_text(entry))
        if path == Path(main):
            raise UsageError(f"Config error: 'config_files' directive tried to recursively include main config file: {main}.")
        if path.is_dir():
            files = sorted(str(f) for f in path.iterdir() if f.is_file())
        else:
            files = [str(path)] if path.is_file() else []
        for file in files:
            _merge(tree, _load_file(file), strategy, file)


def _merge(tree: dict[str, Any], more: dict[str, Any], strategy: str, name: str) -> None:
    for key, value in more.items():
        if key == "config_files":
            raise UsageError(f"Config error: 'config_files' directive in included config file {name}.")
        if strategy == "add-only":
            tree.setdefault(key, value)
        elif strategy != "override" and isinstance(value, list):
            tree[key] = [*_items(tree.get(key)), *value]
        else:
            tree[key] = value


# options


def _set_option(tree: dict[str, Any], option: str) -> None:
    key, equals, value = option.partition("=")
    if not equals:
        raise UsageError(f'Error parsing config option "{option}". Must be of the form key=val or key.subkey=val')
    parsed: Any = value
    if value.startswith("{") and value.endswith("}"):
        parsed = _parse(value.encode("utf-8", "surrogateescape"), option)
    _assign(tree, _steps(key), parsed, key)


def _steps(key: str) -> list[str | int]:
    """`a.b[1].c\\.d` as its steps; -1 stands for `[]`, a new element."""

    def wrong(why: str) -> UsageError:
        return UsageError(f'Config error at key "{key}": Parsing error: {why}')

    steps: list[str | int] = []
    name = ""
    i = 0
    while i < len(key):
        char = key[i]
        if char == "\\":
            if key[i + 1 : i + 2] not in (".", "[", "]", "\\") or i + 1 >= len(key):
                raise wrong(f"invalid escape sequence at pos {i}")
            name += key[i + 1]
            i += 2
        elif char == "[":
            match = _INDEX.match(key, i)
            index = match[1] if match else "?"
            if index and not re.fullmatch(r"[0-9]{1,9}", index):
                raise wrong(f"expected a numeric index, found '{index}'")
            if name:
                steps.append(name)
                name = ""
            elif not steps:
                raise wrong(f"unexpected character at pos {i}")
            steps.append(int(index) if index else -1)
            i += len(index) + 2
            if key[i : i + 1] == ".":
                i += 1
            elif i < len(key) and key[i] != "[":
                raise wrong(f"expected '.' character at pos {i}")
        elif char == ".":
            if not name:
                raise wrong(f"unexpected character at pos {i}")
            steps.append(name)
            name = ""
            i += 1
        else:
            name += char
            i += 1
    if name:
        steps.append(name)
    if not steps or len(steps) > MAX_DEPTH:
        raise wrong("unexpected end")
    return steps


def _assign(tree: dict[str, Any], steps: list[str | int], value: Any, key: str) -> None:
    """Set the value at the end of the steps; what is not there, or is a scalar on the way, is made."""
    here: Any = tree
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        fresh: Any = value if last else [] if isinstance(steps[i + 1], int) else {}
        if isinstance(step, int):
            if not isinstance(here, list):
                raise UsageError(f'Config error at key "{key}": not a list')
            at = len(here) if step < 0 else step
            if at > MAX_INDEX:
                raise UsageError(f'Config error at key "{key}": index above {MAX_INDEX}')
            here.extend([None] * (at + 1 - len(here)))
            if last or not isinstance(here[at], type(fresh)):
                here[at] = fresh
            here = here[at]
        else:
            if not isinstance(here, dict):
                raise UsageError(f'Config error at key "{key}": not a mapping')
            if last or not isinstance(here.get(step), type(fresh)):
                here[step] = fresh
            here = here[step]


# values


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _items(value: Any) -> list[Any]:
    """The elements of a list; a scalar alone is a list of one."""
    if isinstance(value, list):
        return [v for v in value if v is not None]
    return [value] if isinstance(value, str) else []


def _bool(tree: dict[str, Any], key: str, default: bool) -> bool:
    word = _text(tree.get(key)).lower()
    return True if word in _TRUE else False if word in _FALSE else default


def _switch(item: Any) -> Switch:
    what = item if isinstance(item, dict) else {}
    for key, enable in (("enable", True), ("disable", False)):
        chosen = what.get(key)
        if isinstance(chosen, dict) and (_text(chosen.get("rule")) or _text(chosen.get("tag"))):
            return Switch(enable=enable, rule=_text(chosen.get("rule")), tag=_text(chosen.get("tag")))
    raise UsageError("configuration key rules: each entry is enable or disable with a rule or a tag")


def _append_output(item: Any) -> AppendOutput:
    if not isinstance(item, dict):
        raise UsageError("configuration key append_output: each entry is a mapping")
    out = AppendOutput()
    match = item.get("match")
    if isinstance(match, dict):
        out.source = _text(match.get("source"))
        out.rule = _text(match.get("rule"))
        out.tags = {_text(tag) for tag in _items(match.get("tags"))}
    out.extra_output = _text(item.get("extra_output"))
    out.suggested_output = _bool(item, "suggested_output", False)
    for field in _items(item.get("extra_fields")):
        if isinstance(field, str):
            out.raw_fields.append(field)
        elif isinstance(field, dict) and len(field) == 1:
            ((key, value),) = field.items()
            out.formatted_fields[key] = _text(value)
        else:
            raise UsageError("configuration key append_output: an extra field is a name, or one name with a format")
    return out
