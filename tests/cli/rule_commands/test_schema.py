"""`pysysdig rules schema`."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.conftest import Result


def test_schemas_are_printed(call_cli: Callable[..., Result]) -> None:
    rules, tests = (json.loads(call_cli("rules", "schema", *words).stdout) for words in ([], ["--tests"]))
    assert rules["title"] == "Falco rules" and tests["title"] == "Tests of Falco rules"
    assert call_cli("rules", "schema", "x").returncode == 2
