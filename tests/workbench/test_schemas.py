"""The JSON Schemas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pysysdig.workbench.files import TEST_KEYS, TOP_KEYS
from pysysdig.workbench.schemas import rule_files, test_files


class Loader(yaml.SafeLoader):
    """YAML in which `=` is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in some if tag != "tag:yaml.org,2002:value"]
    for first, some in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def errors(schema: dict[str, Any], text: str) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)
    return [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(yaml.load(text, Loader))]


def test_examples_of_the_documentation_fit(root: Path) -> None:
    seen = {"rules": 0, "tests": 0}
    for block in re.findall(r"```yaml\n(.*?)```", (root / "docs" / "workbench.md").read_text(), re.DOTALL):
        kind = "tests" if block.startswith("version:") else "rules" if block.startswith("- ") else ""
        if kind:
            seen[kind] += 1
            assert errors(test_files() if kind == "tests" else rule_files(), block) == [], block
    assert min(seen.values()) >= 2


def test_public_rules_fit(shared: Path) -> None:
    for path in sorted((shared / "rules").glob("*.yaml")):
        assert errors(rule_files(), path.read_text()) == [], path


@pytest.mark.parametrize(
    "text", ["- rule: R\n  conditon: x", "- rule: R\n  priority: NOTICED", "- macro: m", "a: 1", "- list: l\n  items: x"]
)
def test_mistakes_in_rules_do_not(text: str) -> None:
    assert errors(rule_files(), text)


@pytest.mark.parametrize(
    "test", ["{name: a}", "{name: a, expect: [], trace: x, events: []}", "{name: a, expect: [], events: [], oops: 1}"]
)
def test_mistakes_in_tests_do_not(test: str) -> None:
    assert errors(test_files(), f"version: 1\ntests: [{test}]\n")
    assert errors(test_files(), "version: 2\ntests: []\n")


def test_all_keys_are_there() -> None:
    schema = test_files()
    assert set(schema["properties"]) == set(TOP_KEYS)
    assert set(schema["properties"]["tests"]["items"]["properties"]) == set(TEST_KEYS)
