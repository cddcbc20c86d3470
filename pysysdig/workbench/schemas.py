"""JSON Schemas (2020-12) of rule files and of test files, for editors and for those who check files without this program.

They say what is written how; what names mean (fields, events, rules, macros) is for the program itself.
"""

from __future__ import annotations

from typing import Any

from pysysdig.filter import tokens
from pysysdig.rules.engine import MATCHINGS
from pysysdig.rules.model import PRIORITIES
from pysysdig.workbench.files import TEST_KEYS, TOP_KEYS
from pysysdig.workbench.model import CURRENT_EVENTS, ENTER_EVENTS, ENTER_EXIT, EVENT_KEYS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_SWITCH: Schema = {"type": ["boolean", "string"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SOME: Schema = {"anyOf": [_TEXT, _TEXTS]}


def _object(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    out: Schema = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**out, "required": list(required)} if required else out


def _override(*keys: str) -> Schema:
    return _object({key: {"enum": ["append", "replace"]} for key in keys}, minProperties=1)


def rule_files() -> Schema:
    """Of rule files."""
    operators = [op for op in tokens.OPERATORS if op != "exists"]
    operators += [f"{op} {modifier}" for op in tokens.STRING_OPERATORS for modifier in tokens.MODIFIERS]
    comp = {"enum": operators}
    exception = _object(
        {
            "name": _TEXT,
            "fields": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "comps": {"anyOf": [comp, {"type": "array", "items": comp}]},
            "values": {"type": "array", "items": {"anyOf": [_TEXT, {"type": "array", "items": _SOME}]}},
        },
        ("name",),
    )
    names = sorted({form for name in (*PRIORITIES, "Info") for form in (name, name.upper(), name.lower())})
    switches = dict.fromkeys(("enabled", "capture", "warn_evttypes", "skip-if-unknown-filter", "append"), _SWITCH)
    rule = {
        "rule": {"type": "string", "minLength": 1, "description": "The name."},
        "desc": {"type": "string"},
        "condition": {"type": "string", "minLength": 1},
        "output": {"type": "string", "minLength": 1},
        "priority": {"enum": names},
        "source": {"type": "string"},
        "tags": _TEXTS,
        "exceptions": {"anyOf": [{"type": "array", "items": exception}, {"type": "null"}]},
        "capture_duration": {"type": ["integer", "string"]},
        **switches,
    }
    overridden = [key for key in rule if key not in ("rule", "source", "append")]
    rule["override"] = _override(*overridden)
    version = {"type": ["string", "integer"]}
    plugin = {"name": {"type": "string"}, "version": {"type": "string"}}
    plugin_item = _object(
        {**plugin, "alternatives": {"type": "array", "items": _object(plugin, ("name", "version"))}}, ("name", "version")
    )
    items = [
        _object(rule, ("rule",)),
        _object(
            {"macro": {"type": "string"}, "condition": {"type": "string"}, "append": _SWITCH, "override": _override("condition")},
            ("macro", "condition"),
        ),
        _object(
            {
                "list": {"type": "string"},
                "items": {"type": "array", "items": _TEXT},
                "append": _SWITCH,
                "override": _override("items"),
            },
            ("list", "items"),
        ),
        _object({"required_engine_version": version}, ("required_engine_version",)),
        _object({"required_plugin_versions": {"type": "array", "items": plugin_item}}, ("required_plugin_versions",)),
    ]
    return {"$schema": _DRAFT, "title": "Falco rules", "type": ["array", "null"], "items": {"anyOf": items}}


def test_files() -> Schema:
    """Of test files of `rules test`."""
    match = {
        "anyOf": [
            _TEXT,
            _object({"in": _TEXTS, "startswith": _TEXT, "contains": _TEXT, "regex": _TEXT}, minProperties=1, maxProperties=1),
        ]
    }
    whole = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}
    want = _object(
        {
            "rule": {"type": "string"},
            "count": {"anyOf": [whole, _object({"min": whole, "max": whole}, minProperties=1)]},
            "fields": {"type": "object", "additionalProperties": match},
            "output": match,
            "at": _SOME,
            "order": {"type": "string"},
        },
        ("rule",),
    )
    because = _object({"exception": {"type": "string"}, "row": whole, "rule": {"type": "string"}}, ("exception",))
    silent = _object({"none": _SWITCH, "because": because}, minProperties=1)
    wanted = {"anyOf": [{"type": "string"}, want]}
    at_event = {"anyOf": [{"type": "string"}, want, silent, {"type": "array", "items": wanted}]}
    expect = {"anyOf": [{"type": "array", "items": want}, {"type": "object", "additionalProperties": at_event}]}
    config = _object({"rule_matching": {"enum": list(MATCHINGS)}, "priority": {"type": "string"}})
    scalars = {"type": "object", "additionalProperties": _TEXT}
    known: Schema = {
        "name": {"type": "string"},
        "rules": _SOME,
        "config": config,
        "machine": {"type": "object"},
        "trace": {"type": "string"},
        "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
        "filter": {"type": "string"},
        "events": {
            "type": "array",
            "items": {"type": "object", "minProperties": 1, "properties": dict.fromkeys(EVENT_KEYS, _TEXT)},
        },
        "expect": expect,
        "others": {"anyOf": [{"enum": ["any", "none"]}, _TEXTS]},
        "append_rules": {"type": "string"},
        "only": _SOME,
        "enable": _SOME,
        "disable": _SOME,
        "cases": {"type": "array", "items": scalars},
        "matrix": {"type": "object", "additionalProperties": _SOME},
        "tags": _SOME,
        "skip": {"type": "string"},
        "xfail": {"type": "string"},
        "mode": {"enum": [CURRENT_EVENTS, ENTER_EVENTS]},
        "generation": {"enum": [CURRENT_EVENTS, ENTER_EXIT]},
    }
    one_of = [{"required": ["trace"]}, {"required": ["events"]}]
    test = _object({key: known[key] for key in TEST_KEYS}, ("name", "expect"), oneOf=one_of)
    top = {"version": {"enum": [1, "1"]}, "tests": {"type": "array", "items": test}}
    properties = {key: top.get(key) or known[key] for key in TOP_KEYS}
    return {"$schema": _DRAFT, "title": "Tests of Falco rules", **_object(properties, ("version", "tests"))}


test_files.__test__ = False  # type: ignore[attr-defined]  # for pytest
