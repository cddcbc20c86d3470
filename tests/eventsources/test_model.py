"""What sources are unless they say something else."""

from __future__ import annotations

import pytest

from pysysdig.eventsources.model import EventSource
from tests.eventsources.sample_source import Words


def test_defaults() -> None:
    source = Words()
    assert source.catalogues() == {"words": source.fields} and source.catalogue_for(["x"]) == "words"
    assert source.provides() == {"wordplugin": "0.1.0"} and not EventSource().recognises(b"5 x")
    with pytest.raises(NotImplementedError):
        EventSource().events(b"")
