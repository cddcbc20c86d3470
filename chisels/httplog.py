"""httplog: one line for each HTTP request."""

from __future__ import annotations

from pysysdig.chisel import Event
from pysysdig.chiselkit.http import HttpChisel, Transaction


class HttpLog(HttpChisel):
    """Shows a log of the HTTP requests that go over sockets: time, direction (< served, > sent), method, URL, response code,
    latency and size. With -pc the container's name is shown, too."""

    category = "Application"
    summary = "HTTP requests log"

    def on_transaction(self, event: Event, done: Transaction) -> None:
        container = f" {done.container} " if self.run.containers else " "
        self.print(
            f"{event['evt.datetime']}{container}{done.arrow} method={done.method} url={done.url} response_code={done.code} "
            f"latency={int(done.latency / 1e6)}ms size={done.length}B",
            at=event,
        )
