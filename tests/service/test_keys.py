"""The keys of configurations."""

from __future__ import annotations

import json

import pytest

from pysysdig.rules.config_tree import read
from pysysdig.rules.yamldoc import Document
from pysysdig.service.keys import KEYS, deviations, schema, unserved


def found(text: str) -> list[str]:
    return [line for root in Document(text.encode()).read() for line in deviations(root)]


@pytest.mark.parametrize(
    "text",
    [
        "", "json_output: true\n", "priority: Warning\nlog_level: debug\n", "rules_files: [a, b]\n", "rules_file: a\n",
        "syscall_event_drops: {threshold: .1, rate: 1e-3, actions: [log]}\n", "webserver:\n", "plugins: [{name: x}]\n",
        "static_fields: {a: b}\n", "http_output: {url: ''}\n", "pysysdig: {spool: {path: x, max_size_mb: 1.5}}\n",
    ],
)  # fmt: skip
def test_what_fits(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("json_output: maybe\n", "failed for <root>[json_output]: Value type not permitted by 'type' constraint."),
        ("priority: loud\n", "failed for <root>[priority]: Failed to match against any enum values."),
        ("webserver: {port: 1}\n", "failed for <root>[webserver]: Object contains a property that could not be validated using"),
        ("webserver: {listen_port: x}\n", "failed for <root>[webserver][listen_port]: Value type not permitted"),
        ("syscall_event_drops: {rate: x}\n", "failed for <root>[syscall_event_drops][rate]: Value type"),
        ("no_such: 1\n", "failed for <root>: Object contains a property that could not be validated using"),
        ("rules: {}\n", "failed for <root>[rules]: Value type"),
        ("[]\n", "failed for <root>: Value type"),
    ],
)
def test_what_does_not(text: str, why: str) -> None:
    assert found(text)[0].startswith(why)


def test_keys_without_effect() -> None:
    tree = read(
        "",
        [
            "json_output=true",
            "libs_logger.enabled=true",
            "engine.kind=kmod",
            "engine.kmod.buf_size_preset=4",
            "new_key=1",
            "w.x=1",
        ],
    )
    assert unserved(tree) == ["libs_logger", "engine.kmod", "new_key", "w"]
    assert unserved({}) == []


def test_the_schema_has_every_key_once() -> None:
    assert len({key.path for key in KEYS}) == len(KEYS)
    made = json.loads(schema())
    assert made["properties"]["webserver"]["properties"]["listen_port"] == {"type": "integer"}
    assert made["properties"]["rule_matching"]["enum"] == ["first", "all"] and not made["additionalProperties"]
