"""CPU use of the running machine, from /proc."""

from __future__ import annotations

import os
import time

from pysysdig.chiselkit.cpu import cpu_ticks


def test_ticks_of_every_process() -> None:
    """This one's grow while it works; what is no process is none."""
    before = cpu_ticks()
    assert os.getpid() in before and all(pid > 0 and ticks >= 0 for pid, ticks in before.items())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert cpu_ticks()[os.getpid()] > before[os.getpid()]
