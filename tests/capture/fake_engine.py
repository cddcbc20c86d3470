"""An engine with Docker's API that knows one container and its image."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path
from typing import Any

FULL = "0123456789ab" * 5 + "0123"
IMAGE = "fedcba987654" * 5 + "3210"
ANSWER: dict[str, Any] = {
    "Id": FULL,
    "Name": "/web",
    "Created": "2024-05-06T07:08:09.123456789Z",
    "Image": f"sha256:{IMAGE}",
    "Config": {
        "Image": "registry.example:5000/shop/front:v2",
        "User": "www",
        "Labels": {"tier": "front", "long": "x" * 101},
        "Env": ["PATH=/bin", "MESOS_TASK_ID=7"],
        "Healthcheck": {"Test": ["CMD", "/bin/check", "-q"]},
    },
    "HostConfig": {"Privileged": True, "PidMode": "host", "NanoCpus": 1500000000, "CpusetCpus": "0-2,7", "CpuPeriod": 0},
    "NetworkSettings": {
        "IPAddress": "172.17.0.2",
        "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "53/udp": None},
    },
    "Mounts": [{"Source": "/srv", "Destination": "/data", "Mode": "ro", "RW": False, "Propagation": "rprivate"}],
}
IMAGE_ANSWER = {
    "RepoDigests": ["other@sha256:1", "registry.example:5000/shop/front@sha256:2"],
    "RepoTags": ["registry.example:5000/shop/front:v2"],
}


def ok(body: Any) -> bytes:
    """A whole answer."""
    return b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps(body).encode()


class Engine(threading.Thread):
    """Answers by resource; what it does not know is status 404. `asked` are the resources, in order. Who asks for events is told
    those that `tell` is given."""

    def __init__(self, path: Path, answers: dict[str, bytes]) -> None:
        super().__init__(daemon=True)
        self.path, self.answers = str(path), answers
        self.asked: list[str] = []
        self.following: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            resource = connection.recv(4096).split()[1].decode()
            self.asked.append(resource)
            if resource.startswith("/events") and resource not in self.answers:
                self.following.append(connection)  # who has the answer is told what `tell` is given from then on
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
                continue
            with connection:
                try:
                    connection.sendall(self.answer(resource))
                except OSError:
                    pass

    def answer(self, resource: str) -> bytes:
        """To a question."""
        return self.answers.get(resource, b"HTTP/1.0 404 Not Found\r\n\r\n{}")

    def tell(self, data: bytes) -> None:
        """Send this to all who follow the events."""
        for connection in self.following:
            with contextlib.suppress(OSError):  # it does not follow any more
                connection.sendall(data)

    def end(self) -> None:
        """Answer nobody any more."""
        for connection in self.following:
            connection.close()
        try:
            self._listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already
        self._listening.close()
