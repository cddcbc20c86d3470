"""Real servers, started on loopback for a test."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service.peers import free_port, until


@contextmanager
def started(program: str, words: Sequence[object], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens to a port, once it does; skips if it is not installed."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    command = [path, *map(str, words)]
    with (folder / "server.log").open("ab") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as running:
        try:
            until(lambda: listening(port) or running.poll() is not None, program)
            assert running.poll() is None, (folder / "server.log").read_text()
            yield running
        finally:
            running.kill()


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


__all__ = ["free_port", "listening", "started"]
