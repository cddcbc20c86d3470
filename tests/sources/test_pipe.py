"""Raw input that can keep a reader waiting."""

from __future__ import annotations

import os
import select
import threading
import time

import numpy as np
import pytest

from pysysdig.sources.pipe import Input


def test_a_pipe_is_only_read_once_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system call that waits would keep a signal that came just before it from being looked after."""
    ours, theirs = os.pipe()
    readv = os.readv

    def read(fd: int, buffers: list[memoryview]) -> int:
        assert select.select([fd], [], [], 0)[0], "it would have waited within the system call"
        return readv(fd, buffers)

    monkeypatch.setattr(os, "readv", read)
    given = Input(ours, b"", None)

    def feed() -> None:
        time.sleep(0.7)  # longer than one turn of waiting
        os.write(theirs, b"abc")
        os.close(theirs)

    feeder = threading.Thread(target=feed)
    feeder.start()
    chunk = np.zeros(8, np.uint8)
    got = [given.read_into(chunk, 0), given.read_into(chunk, 3)]
    feeder.join()
    given.close()
    assert got == [3, 0]
    assert chunk[:3].tobytes() == b"abc"
