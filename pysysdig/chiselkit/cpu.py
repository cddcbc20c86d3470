"""CPU use: from the procinfo events of captures, from /proc on the running machine (which records no such events)."""

from __future__ import annotations

import os

from pysysdig.chisel import Batch, TopChisel
from pysysdig.chiselkit.tables import SHARE
from pysysdig.events.text import decoded
from pysysdig.state.threads import ThreadInfo

_FULL = 10_000_000  # ns of CPU in a second for each percent


class CpuTable(TopChisel):
    """A table of CPU use by thread attributes: the `keys` proc.name, proc.pid, proc.vpid and container.name work live, too."""

    category = "CPU Usage"
    filter = "evt.type=procinfo"
    fields = ("thread.cpu",)
    value = ("thread.exectime", "CPU%")
    unit = SHARE

    def on_start(self) -> None:
        super().on_start()
        self._ticks = cpu_ticks() if self.run.live else {}

    def on_batch(self, batch: Batch) -> None:
        self.table.add_batch(batch, field="thread.cpu", scale=_FULL, zeros=True)

    def on_interval(self, seconds: float) -> None:
        now = cpu_ticks()
        ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        for pid, ticks in now.items():
            used = ticks - self._ticks.get(pid, ticks)
            if used > 0:
                self.table.add(self._key(pid), used * ns)
        self._ticks = now
        super().on_interval(seconds)

    def _key(self, pid: int) -> tuple[object, ...]:
        """The key of a running process."""
        view = self.moment[0] if self.moment else None
        thread = view.threads.current.get(pid) if view else None
        known = {
            "proc.name": decoded(thread.comm) if thread else _comm(pid),
            "proc.pid": pid,
            "proc.vpid": thread.vpid if thread else pid,
            "container.name": self._container(thread),
        }
        return tuple(known[name] for name, _ in self.table.keys)

    def _container(self, thread: ThreadInfo | None) -> str:
        if thread is None or not thread.container_id or self.moment is None:
            return "host"
        view = self.moment[0]
        info = view.inspector.containers.at(thread.container_id, 1 << 62)
        return decoded(info.name if info and info.name else thread.container_id)


def cpu_ticks() -> dict[int, int]:
    """User and system time of every process, in clock ticks, by pid."""
    out = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    words = file.read().rpartition(b")")[2].split()
                out[int(entry)] = int(words[11]) + int(words[12])
            except (OSError, IndexError, ValueError):
                continue  # it has ended
    return out


def _comm(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="surrogateescape") as file:
            return file.read().rstrip("\n")
    except OSError:
        return str(pid)
