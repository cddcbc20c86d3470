"""What became of a rule over a run, as records."""

from __future__ import annotations

import json

from pysysdig.workbench.explanation import EXCEPTED, SHADOWED, TRUE
from pysysdig.workbench.findings import as_json
from tests.workbench.explained import surveyed


def test_taken_by_others() -> None:
    found = surveyed("Etc", ("evil", "/etc/shadow"), ("evil", "/etc/gshadow"))
    assert (found.status, found.matched, found.takers) == (SHADOWED, 2, (("Shadow", 2),))
    assert surveyed("Etc", ("evil", "/etc/passwd")).status == TRUE


def test_excepted() -> None:
    assert surveyed("Shadow", ("restic", "/etc/shadow")).status == EXCEPTED


def test_json() -> None:
    document = json.loads(json.dumps(as_json(surveyed("Never", ("cat", "/etc/passwd")))))
    assert document["status"] == "untried" and document["occurred_types"] == {"openat": 1}
    assert document["nearest"][0]["lacking"][0]["text"] == "evt.type = open"
