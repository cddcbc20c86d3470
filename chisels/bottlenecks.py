"""bottlenecks: the slowest system calls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.chisel import Batch, Chisel, Event
from pysysdig.chiselkit.text import MISSING, S, text

HOW_MANY = 10


class Bottlenecks(Chisel):
    """Lists the ten system calls of the capture that took longest to return, each with its enter and its exit event."""

    category = "Performance"
    summary = "Slowest system calls"
    fields = ("evt.type", "evt.args", "evt.latency", "proc.name", "thread.tid")

    def on_start(self) -> None:
        self._slowest: list[tuple[int, str, str]] = []  # (latency, enter line, exit line), slowest first
        self._entered: dict[int, str] = {}  # by thread: its last event without latency, up to the last batch

    def on_batch(self, batch: Batch) -> None:
        latency, valid = batch.numbers("evt.latency")
        tids, known = batch.numbers("thread.tid")
        called = valid & known & ~batch.equal("evt.type", "switch")
        entered = np.flatnonzero(called & (latency == 0))
        floor = self._slowest[-1][0] if len(self._slowest) == HOW_MANY else 0
        slow = np.flatnonzero(called & (latency > floor))
        if len(slow) > HOW_MANY:  # only these can get into the list; among equals the first ones
            slow = np.sort(slow[np.argsort(-latency[slow].astype(np.int64), kind="stable")[:HOW_MANY]])
        last = {tid: i for i, tid in zip(entered.tolist(), tids[entered].tolist())}
        before = {i: self._enter_of(i, entered, tids) for i in slow.tolist()}
        wanted = sorted({*slow.tolist(), *last.values(), *(j for j in before.values() if j >= 0)})
        mask = np.zeros(len(batch), bool)
        mask[wanted] = True
        lines = {i: self._line(event, int(latency[i])) for i, event in zip(wanted, batch.where(mask))}
        for i, j in before.items():
            enter = lines[j] if j >= 0 else self._entered.get(int(tids[i]), MISSING)
            self._slowest.append((int(latency[i]), enter, lines[i]))
        self._slowest = sorted(self._slowest, key=lambda call: -call[0])[:HOW_MANY]
        self._entered.update((tid, lines[i]) for tid, i in last.items())

    def _enter_of(self, i: int, entered: npt.NDArray[np.int64], tids: npt.NDArray[np.int64]) -> int:
        """The last of `entered` before event number i that is of the same thread, -1 if there is none in the batch."""
        mine = entered[: np.searchsorted(entered, i)]
        mine = mine[tids[mine] == tids[i]]
        return int(mine[-1]) if len(mine) else -1

    def _line(self, event: Event, latency: int) -> str:
        return (
            f"{event.num}) {latency // S}.{latency % S:09d} {event.get('proc.name', '')} ({event['thread.tid']}) "
            f"{'<' if latency else '>'} {text(event['evt.type'])} {text(event['evt.args'])}"
        )

    def on_end(self) -> None:
        for _, before, after in self._slowest:
            self.print(before)
            self.print(after)
