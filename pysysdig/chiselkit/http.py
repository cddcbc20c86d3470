"""HTTP transactions in the data of sockets (docs/reference/chisels.md 3, HTTP parsing)."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from pysysdig.chisel import Batch, Chisel, Event
from pysysdig.events.text import decoded

# CR LF show as two dots in the default rendering of data
_REQUEST = re.compile(r"([A-Z]+) ([!-~]+)")
_HOST = re.compile(r"Host: ([!-~]+)\.\.")
_RESPONSE = re.compile(r"HTTP/[!-~]+ ([0-9]+)")
_LENGTH = re.compile(r"Content-Length: ([0-9]+)\.\.")
MAX_PENDING = 1 << 16
_REMEMBERED = 1 << 10  # texts of requests and of responses: the same ones come again and again
_ARROWS = {"read": "<", "write": ">"}


class Transaction:
    """A request and its response. `arrow`: < if the request was read (by a server), > if it was written (by a client)."""

    __slots__ = ("arrow", "code", "container", "latency", "length", "method", "start", "url")

    def __init__(self, method: str, url: str, arrow: str, container: str, start: int) -> None:
        self.method = method
        self.url = url
        self.arrow = arrow
        self.container = container
        self.start = start
        self.code = self.length = self.latency = 0


class HttpChisel(Chisel):
    """Base: `on_transaction(event, transaction)` is called with each response."""

    filter = "evt.is_io = true and evt.buflen > 0 and (fd.sockfamily = ip or fd.sockfamily = unix)"
    fields = ("evt.buffer", "fd.num", "proc.pid", "evt.datetime", "evt.io_dir", "container.name")
    snaplen = 1024

    def on_start(self) -> None:
        self._pending: dict[tuple[int, int], Transaction] = {}

    def on_batch(self, batch: Batch) -> None:
        texts = batch.column("evt.buffer").tolist()
        # only these begin like a request or have a response in them
        likely = [i for i, t in enumerate(texts) if t and ("A" <= t[0] <= "Z" or "HTTP/" in t)]
        some = batch.at(np.array(likely, np.int64))
        keys, times = zip(some.values("proc.pid"), some.values("fd.num")), some.ts.tolist()
        for i, at, key, ts in zip(range(len(likely)), likely, keys, times):
            pending = self._pending.get(key)
            if pending is None:
                if len(self._pending) < MAX_PENDING:
                    self._begin(key, some, i, decoded(texts[at]), ts)
            elif self._end(pending, decoded(texts[at]), ts):
                del self._pending[key]
                self.on_transaction(some[i], pending)

    def _begin(self, key: tuple[int, int], batch: Batch, index: int, buffer: str, ts: int) -> None:
        """Data that may begin with a request."""
        request = _request(buffer)
        if request is not None:
            method, url = request
            arrow = _ARROWS.get(batch.values("evt.io_dir")[index], "<NA>")
            container = batch.values("container.name")[index]
            self._pending[key] = Transaction(method, url, arrow, "<NA>" if container is None else container, ts)

    @staticmethod
    def _end(pending: Transaction, buffer: str, ts: int) -> bool:
        """Whether the data has the response to a request, whose transaction is completed then."""
        response = _response(buffer)
        if response is None:
            return False
        pending.code, pending.length = response
        pending.latency = int(float(ts) - float(pending.start))  # sysdig's scripts have doubles only
        return True

    def on_transaction(self, event: Event, done: Transaction) -> None:
        """A response came."""
        raise NotImplementedError


@lru_cache(maxsize=_REMEMBERED)
def _request(buffer: str) -> tuple[str, str] | None:
    """Method and URL, if data begins with a request."""
    request = _REQUEST.match(buffer)
    if request is None:
        return None
    host = _HOST.search(buffer)
    return request[1], (host[1] if host else "") + request[2]


@lru_cache(maxsize=_REMEMBERED)
def _response(buffer: str) -> tuple[int, int] | None:
    """Code and length of the response in data, if there is one."""
    response = _RESPONSE.search(buffer)
    if response is None:
        return None
    length = _LENGTH.search(buffer)
    return int(response[1][:18]), int(length[1][:18]) if length else 0
