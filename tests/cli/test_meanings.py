"""Settings under way."""

from __future__ import annotations

from pysysdig.cli.meanings import Draft


def test_what_is_taken_is_gone() -> None:
    draft = Draft()
    draft.values.update({"tune.list": True, "tuner.x": 1, "run.files": ("a",)})
    draft.add("tune.rule", "A")
    assert draft.of("tune") == {"list": True, "rule": ("A",)}
    assert draft.take("tune") == {"list": True, "rule": ("A",)}
    assert draft.values == {"tuner.x": 1, "run.files": ("a",)} and draft.take("tune") == {}
