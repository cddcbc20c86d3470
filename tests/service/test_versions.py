"""What others ask for the version."""

from __future__ import annotations

import json

from pysysdig.rules.version import ENGINE
from pysysdig.service.versions import text, versions_json


def test_falcoctl_finds_what_it_asks_for() -> None:
    found = json.loads(versions_json())
    assert found["engine_version_semver"] == str(ENGINE) and found["engine_version"] == str(ENGINE.minor)
    assert versions_json() == json.dumps(found, sort_keys=True, separators=(",", ":"))
    assert {"default_driver_version", "driver_api_version", "driver_schema_version", "falco_version"} <= found.keys()


def test_as_text() -> None:
    assert f"Engine:        {ENGINE}\n" in text() and text().startswith("pysysdig version: ")
