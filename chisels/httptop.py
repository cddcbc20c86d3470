"""httptop: the most frequent, slowest or largest HTTP requests."""

from __future__ import annotations

from pysysdig.chisel import Arg, Event, TopChisel
from pysysdig.chiselkit.http import HttpChisel, Transaction
from pysysdig.chiselkit.tables import BYTES, PLAIN, TIME, Table


class HttpTop(HttpChisel, TopChisel):
    """Shows the URLs with the most requests (ncalls), the longest mean latency (time) or the most bytes (bytes)."""

    category = "Application"
    summary = "Top HTTP requests"
    by = Arg("ncalls (the default), time or bytes", optional=True, default="ncalls", choices=("ncalls", "bytes", "time"))

    def configure(self) -> None:
        keys = [("method", "method"), ("url", "url")]
        if self.run.containers:
            keys.insert(0, ("container", "container"))
        unit = {"ncalls": PLAIN, "time": TIME, "bytes": BYTES}[self.by]
        self.table = Table(keys, (self.by, self.by), top=30, unit=unit)
        self._calls: dict[tuple[str, ...], int] = {}

    def on_start(self) -> None:
        HttpChisel.on_start(self)
        TopChisel.on_start(self)

    def on_transaction(self, event: Event, done: Transaction) -> None:
        key = (done.container, done.method, done.url)[0 if self.run.containers else 1 :]
        self._calls[key] = self._calls.get(key, 0) + 1
        self.table.add(key, {"ncalls": 1, "time": done.latency, "bytes": done.length}[self.by])

    def show(self, span: int) -> None:
        if self.by == "time":
            for key, calls in self._calls.items():
                self.table.sums[key] /= calls
        super().show(span)
        self.table.clear()
        self._calls.clear()
