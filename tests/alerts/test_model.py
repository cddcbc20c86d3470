"""What alerts are: the name that they give for this machine."""

from __future__ import annotations

import os

import pytest

from pysysdig.alerts.model import host_name


@pytest.mark.parametrize(("told", "name"), [("box", "box"), ("", None), (None, None)])
def test_the_machine(told: str | None, name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says counts, if it says something."""
    if told is None:
        monkeypatch.delenv("FALCO_HOSTNAME", raising=False)
    else:
        monkeypatch.setenv("FALCO_HOSTNAME", told)
    assert host_name() == (name or os.uname().nodename)
