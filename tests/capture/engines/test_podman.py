"""Podman: whose it is stands in the place of its socket."""

from __future__ import annotations

import pytest

from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.capture.engines.podman import Engine
from pysysdig.state.cgroups import CT_PODMAN
from tests.capture import fake_engine


@pytest.mark.parametrize(
    ("path", "root", "owner"),
    [
        ("/run/podman/podman.sock", "", 0),
        ("/run/user/1000/podman/podman.sock", "", 1000),
        ("/host/run/user/1000/podman/podman.sock", "/host", 1000),
        ("/tmp/run/user/1000/podman/podman.sock", "", 0),
    ],
)
def test_the_owner(path: str, root: str, owner: int) -> None:
    assert Engine(path, EngineSettings(root=root)).owner == owner


def test_the_owner_is_a_label_that_nobody_can_forge(engine: fake_engine.Engine) -> None:
    config = {**fake_engine.ANSWER["Config"], "Labels": {"podman_owner_uid": "0", "tier": "front"}}
    engine.answers["/containers/0123456789ab/json"] = fake_engine.ok({**fake_engine.ANSWER, "Config": config})
    podman = Engine(engine.path, EngineSettings())
    assert podman.ask("0123456789ab")["labels"] == {"tier": "front"}
    podman.owner = 1000
    told = podman.ask("0123456789ab")
    assert told["labels"] == {"tier": "front", "podman_owner_uid": "1000"} and told["type"] == CT_PODMAN
