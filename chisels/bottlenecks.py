"""bottlenecks: the slowest system calls."""

from __future__ import annotations

import numpy as np

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
        kinds = batch.values("evt.type")
        called = valid & known & np.fromiter((k != "switch" for k in kinds), bool, len(kinds))
        entered = np.flatnonzero(called & (latency == 0))
        floor = self._slowest[-1][0] if len(self._slowest) == HOW_MANY else 0
        slow = np.flatnonzero(called & (latency > floor))
        if len(slow) > HOW_MANY:  # only these can get into the list; among equals the first ones
            slow = np.sort(slow[np.argsort(-latency[slow].astype(np.int64), kind="stable")[:HOW_MANY]])
        for i in slow.tolist():
            mine = entered[: np.searchsorted(entered, i)]
            mine = mine[tids[mine] == tids[i]]
            before = self._line(batch[int(mine[-1])], 0) if len(mine) else self._entered.get(int(tids[i]), MISSING)
            self._slowest.append((int(latency[i]), before, self._line(batch[i], int(latency[i]))))
        self._slowest = sorted(self._slowest, key=lambda call: -call[0])[:HOW_MANY]
        last = {tid: i for i, tid in zip(entered.tolist(), tids[entered].tolist())}
        open_calls = np.zeros(len(batch), bool)
        open_calls[list(last.values())] = True
        for event in batch.where(open_calls):
            self._entered[event["thread.tid"]] = self._line(event, 0)

    def _line(self, event: Event, latency: int) -> str:
        return (
            f"{event.num}) {latency // S}.{latency % S:09d} {event.get('proc.name', '')} ({event['thread.tid']}) "
            f"{'<' if latency else '>'} {text(event['evt.type'])} {text(event['evt.args'])}"
        )

    def on_end(self) -> None:
        for _, before, after in self._slowest:
            self.print(before)
            self.print(after)
