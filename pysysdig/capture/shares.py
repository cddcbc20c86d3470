"""Which CPU time threads have used: events that the reference's recorder makes up once a second, of what /proc says."""

from __future__ import annotations

import os

from pysysdig.events.single import encode
from pysysdig.events.table import TYPES

_PROCINFO = TYPES["PROCINFO_E"]
_USER, _SYSTEM, _THREADS = 11, 12, 17  # words of a stat file behind the name
_ROUNDS = 5  # that a process is told of after it has used some
Times = tuple[int, int]  # user and system, clock ticks


class CpuTimes:
    """Looks at the threads of all processes that have used CPU lately; of the others there is nothing to tell."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._known: dict[int, tuple[int, int]] = {}  # of each process: ticks in all, rounds that it is still told of

    def take(self, ts: int) -> list[bytes]:
        """An event (encoded, with this time) for each of them, with all that the thread has used since it began. One that is seen
        for the first time is told, too: shares are of what comes after that."""
        out: list[bytes] = []
        now: dict[int, tuple[int, int]] = {}
        for pid in self._numbers(self._proc):
            found = self._stat(f"{self._proc}/{pid}")
            if found is None:
                continue
            times, threads = found
            total = sum(times)
            before, rounds = self._known.get(pid, (-1, 0))
            rounds = _ROUNDS if total != before else rounds - 1
            now[pid] = total, max(rounds, 0)
            if rounds > 0:
                out += self._events(pid, times, threads, ts)
        self._known = now
        return out

    def _events(self, pid: int, times: Times, threads: int, ts: int) -> list[bytes]:
        if threads <= 1:
            return [_event(ts, pid, times)]
        folder = f"{self._proc}/{pid}/task"
        some = ((tid, self._stat(f"{folder}/{tid}")) for tid in self._numbers(folder))
        return [_event(ts, tid, found[0]) for tid, found in some if found is not None]

    def _numbers(self, folder: str) -> list[int]:
        try:
            return [int(name) for name in os.listdir(folder) if name.isdecimal()]
        except OSError:
            return []  # it has ended

    def _stat(self, folder: str) -> tuple[Times, int] | None:
        """CPU time, and how many threads there are; None: it has ended."""
        try:
            with open(f"{folder}/stat", "rb") as file:
                words = file.read().rpartition(b")")[2].split()
            return (int(words[_USER]), int(words[_SYSTEM])), int(words[_THREADS])
        except (OSError, IndexError, ValueError):
            return None


def _event(ts: int, tid: int, times: Times) -> bytes:
    return encode(ts, tid, _PROCINFO, [ticks.to_bytes(8, "little") for ticks in times])
