"""Deviations of a rule file from the schema of rule files: they only ever warn.

The schema is the one Falco has built in, the wording and the order (innermost first) that of the validator it uses, for
which every scalar is text that may be spelled as a boolean or an integer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from pysysdig.rules.yamldoc import MAPPING, SCALAR, SEQUENCE, Node

MAX_DEVIATIONS = 1000

_PRIORITIES = frozenset({"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"})
_OPERATIONS = frozenset({"append", "replace"})
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}")

_TYPE = "Value type not permitted by 'type' constraint."
_ENUM = "Failed to match against any enum values."

_Check = Callable[["Validator", Node, str], bool]


class Validator:
    """Collects deviations; each check returns whether the node fits."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def fail(self, path: str, why: str) -> bool:
        if len(self.found) < MAX_DEVIATIONS:
            self.found.append(f"failed for {path}: {why}")
        return False

    def string(self, node: Node, path: str) -> bool:
        return node.kind == SCALAR or self.fail(path, _TYPE)

    def boolean(self, node: Node, path: str) -> bool:
        return (node.kind == SCALAR and node.text in ("true", "false")) or self.fail(path, _TYPE)

    def integer(self, node: Node, path: str) -> bool:
        return (node.kind == SCALAR and _INTEGER.fullmatch(node.text) is not None) or self.fail(path, _TYPE)

    def one_of(self, words: frozenset[str], node: Node, path: str) -> bool:
        typed = self.string(node, path)
        known = node.kind == SCALAR and node.text in words
        return (known or self.fail(path, _ENUM)) and typed

    def anything(self, node: Node, path: str) -> bool:
        return True

    def list_item(self, node: Node, path: str) -> bool:
        if node.kind == SCALAR:
            return True
        for child in (0, 1):
            self.fail(path, _TYPE)
            self.fail(path, f"Failed to validate against child schema #{child}.")
        return self.fail(path, "Failed to validate against any schemas allowed by anyOf constraint.")

    def array(self, check: _Check, node: Node, path: str) -> bool:
        if node.kind != SEQUENCE:
            return self.fail(path, _TYPE)
        valid = True
        for i, item in enumerate(node.items):
            if not check(self, item, f"{path}[{i}]"):
                valid = self.fail(path, f"Failed to validate item #{i} in array.")
        return valid

    def object(self, properties: dict[str, _Check], required: tuple[str, ...], node: Node, path: str, least: int = 0) -> bool:
        """`properties` are sorted by name."""
        if node.kind != MAPPING:
            return self.fail(path, _TYPE)
        valid = True
        if len(node.pairs) < least:
            valid = self.fail(path, f"Object should have no fewer than {least} properties.")
        matched = 0
        for name in sorted(node.entries):
            check = properties.get(name)
            if check is not None:
                matched += 1
                if not check(self, node.entries[name], f"{path}[{name}]"):
                    valid = self.fail(path, f"Failed to validate against schema associated with property name '{name}'.")
        if matched != len(node.pairs):
            unwanted = next((k.text for k, _ in node.pairs if k.text not in properties), "")
            valid = self.fail(
                path,
                "Object contains a property that could not be validated using 'properties' or 'additionalProperties' "
                f"constraints: '{unwanted}'.",
            )
        for name in required:
            if name not in node.entries:
                valid = self.fail(path, f"Missing required property '{name}'.")
        return valid


def _strings(v: Validator, node: Node, path: str) -> bool:
    return v.array(Validator.string, node, path)


def _items(v: Validator, node: Node, path: str) -> bool:
    return v.array(Validator.list_item, node, path)


def _operation(v: Validator, node: Node, path: str) -> bool:
    return v.one_of(_OPERATIONS, node, path)


def _priority(v: Validator, node: Node, path: str) -> bool:
    return v.one_of(_PRIORITIES, node, path)


def _alternative(v: Validator, node: Node, path: str) -> bool:
    return v.object(_ALTERNATIVE, ("name", "version"), node, path)


def _alternatives(v: Validator, node: Node, path: str) -> bool:
    return v.array(_alternative, node, path)


def _plugin(v: Validator, node: Node, path: str) -> bool:
    return v.object(_PLUGIN, ("name", "version"), node, path)


def _plugins(v: Validator, node: Node, path: str) -> bool:
    return v.array(_plugin, node, path)


def _exception(v: Validator, node: Node, path: str) -> bool:
    return v.object(_EXCEPTION, ("name",), node, path)


def _exceptions(v: Validator, node: Node, path: str) -> bool:
    return v.array(_exception, node, path)


def _override(v: Validator, node: Node, path: str) -> bool:
    return v.object(_OVERRIDE, (), node, path, least=1)


def _item(v: Validator, node: Node, path: str) -> bool:
    return v.object(_ITEM, (), node, path)


_ALTERNATIVE: dict[str, _Check] = {"name": Validator.string, "version": Validator.string}
_PLUGIN: dict[str, _Check] = {**_ALTERNATIVE, "alternatives": _alternatives}
_EXCEPTION: dict[str, _Check] = {
    "name": Validator.string, "fields": Validator.anything, "comps": Validator.anything, "values": Validator.anything,
}  # fmt: skip
_OVERRIDE: dict[str, _Check] = dict.fromkeys(
    (
        "items", "desc", "condition", "output", "priority", "enabled", "exceptions", "capture", "capture_duration", "tags",
        "warn_evttypes", "skip-if-unknown-filter",
    ),
    _operation,
)  # fmt: skip
_ITEM: dict[str, _Check] = {
    "required_engine_version": Validator.string,
    "required_plugin_versions": _plugins,
    "macro": Validator.string,
    "condition": Validator.string,
    "list": Validator.string,
    "items": _items,
    "rule": Validator.string,
    "desc": Validator.string,
    "enabled": Validator.boolean,
    "output": Validator.string,
    "append": Validator.boolean,
    "priority": _priority,
    "capture": Validator.boolean,
    "capture_duration": Validator.integer,
    "source": Validator.string,
    "exceptions": _exceptions,
    "override": _override,
    "tags": _strings,
    "warn_evttypes": Validator.boolean,
    "skip-if-unknown-filter": Validator.boolean,
}


def deviations(root: Node) -> list[str]:
    """What in a document does not fit the schema, in words, at most MAX_DEVIATIONS; empty if all of it does."""
    validator = Validator()
    validator.array(_item, root, "<root>")
    return validator.found


def schema() -> str:
    """The same as a JSON schema."""
    text, flag, texts = {"type": "string"}, {"type": "boolean"}, {"type": "array", "items": {"type": "string"}}

    def described(check: _Check) -> dict[str, Any]:
        simple: dict[Any, dict[str, Any]] = {
            Validator.string: text, Validator.boolean: flag, Validator.integer: {"type": "integer"}, _strings: texts,
            Validator.anything: {}, _items: {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "array"}]}},
            _priority: {"type": "string", "enum": sorted(_PRIORITIES)},
            _operation: {"type": "string", "enum": sorted(_OPERATIONS)},
        }  # fmt: skip
        if check in simple:
            return simple[check]
        if check is _plugins:
            return {"type": "array", "items": whole(_PLUGIN, ("name", "version"))}
        if check is _alternatives:
            return {"type": "array", "items": whole(_ALTERNATIVE, ("name", "version"))}
        if check is _exceptions:
            return {"type": "array", "items": whole(_EXCEPTION, ("name",))}
        return {**whole(_OVERRIDE), "minProperties": 1}

    def whole(properties: dict[str, _Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
        out: dict[str, Any] = {"type": "object", "additionalProperties": False}
        out["properties"] = {name: described(check) for name, check in sorted(properties.items())}
        if required:
            out["required"] = list(required)
        return out

    top = {"$schema": "http://json-schema.org/draft-06/schema#", "title": "Falco rule file", "type": "array"}
    return json.dumps({**top, "items": whole(_ITEM)}, indent=2) + "\n"
