"""Records of what a run is to do: frozen, with defaults that are a plain run, and all of them parts of a job."""

from __future__ import annotations

import pytest

from pysysdig import settings
from pysysdig.cli.job import build

RECORDS = [c for name, c in vars(settings).items() if name.endswith("Settings")]


@pytest.mark.parametrize("record", RECORDS, ids=lambda c: c.__name__)
def test_nothing_is_changed_once_it_is_made(record: type) -> None:
    made = record()
    for name in made._fields:
        with pytest.raises(AttributeError):
            setattr(made, name, None)
        hash(getattr(made, name))  # nor within it: no lists


def test_every_record_is_a_part_of_the_job() -> None:
    parts = set(map(type, build([])))
    assert len(RECORDS) > 5 and parts >= set(RECORDS)


def test_a_job_without_options_has_the_defaults() -> None:
    job = build([])
    assert all(part == type(part)() for part in job if type(part) in RECORDS)
    assert job.action == "run"


@pytest.mark.parametrize("files, live", [((), True), (("a.scap",), False), (("-", "b"), False)])
def test_without_files_the_machine_is_captured(files: tuple[str, ...], live: bool) -> None:
    assert settings.RunSettings(files=files).live is live


@pytest.mark.parametrize("given, alerts", [
    ({}, False), ({"files": ("r.yaml",)}, True), ({"config": "falco.yaml"}, True), ({"options": ("a=b",)}, True),
    ({"switches": ((True, "tag", "x"),)}, True), ({"enter_events": True}, True), ({"validate": ("r.yaml",)}, False),
    ({"fail_on": 3, "explain": ("x",)}, False),
])  # fmt: skip
def test_what_makes_a_run_one_about_alerts(given: dict[str, object], alerts: bool) -> None:
    assert settings.RuleSettings(**given).alerts is alerts  # type: ignore[arg-type]
