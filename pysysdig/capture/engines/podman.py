"""Podman, the machine's and that of each user: Docker's HTTP API at sockets of their own."""

from __future__ import annotations

import re

from pysysdig.capture.engines import docker
from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.state.cgroups import CT_PODMAN

_USERS = re.compile(r"/run/user/(\d{1,10})/podman/podman\.sock")


class Engine(docker.Engine):
    """See engine.py."""

    type = CT_PODMAN

    def __init__(self, path: str, settings: EngineSettings) -> None:
        super().__init__(path, settings)
        users = _USERS.fullmatch(path.removeprefix(settings.root))
        self.owner = int(users[1]) if users else 0
