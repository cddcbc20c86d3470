"""Tables as messages of a Kafka topic: kafka://HOST:PORT[,HOST:PORT...]/TOPIC[?NAME=VALUE&...].

format    ndjson: a message a row, a JSON object (the default); arrow: a message some rows, an Arrow stream that stands alone
key       of all messages, so that they stay in order; by default the name of this machine
config    a file of librdkafka's settings, a line each: NAME=VALUE
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pysysdig.errors import UsageError, reason
from pysysdig.export.cells import objects
from pysysdig.extras import require
from pysysdig.output.kafka import Sending

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

SCHEME = "kafka://"
FORMATS = ("ndjson", "arrow")
_WORDS = ("format", "key", "config")
_ROWS = 1 << 13  # of a message of Arrow's
_LARGEST = 900_000  # bytes of one: brokers take 1,000,000 unless told otherwise
_WAIT = 0.5  # seconds that rows wait for others


class Topic:
    """Where rows go. A context manager: what is not finished is not waited for."""

    def __init__(self, url: str, head: Any) -> None:
        """head: a pyarrow.Schema for format=arrow, else the names of the columns. Raises UsageError, MissingExtra."""
        brokers, self._topic, given = parsed(url)
        self.path = url.partition("?")[0]
        self.rows = 0
        self._head = head
        self._arrow = given["format"] == "arrow"
        self._key = given.get("key", os.uname().nodename).encode()
        self._waiting: list[Any] = []
        self._held = 0
        self._since = 0.0
        about = {"acks": "all", "enable.idempotence": True, "compression.type": "zstd"}
        read = _settings(given["config"]) if "config" in given else {}
        self._sending = Sending(self.path, about | read | {"bootstrap.servers": brokers})

    def room(self, times: Ints) -> int:
        """How many of the rows of these times (ns) may be added next: all."""
        return len(times)

    def add(self, part: Any) -> None:
        """Rows, in order: a record batch or a list of tuples. Raises PysysdigError if the cluster does not take them, or earlier
        ones."""
        self.rows += len(part)
        if not self._arrow:
            for line in objects(self._head, part):
                self._sending.put(self._topic, line.encode(), key=self._key)
        elif len(part):
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.append(part)
            self._held += len(part)
        self.tick()

    def tick(self) -> None:
        """A while has passed. Raises PysysdigError if the cluster did not take what was sent."""
        if self._held >= _ROWS or (self._held and time.monotonic() - self._since >= _WAIT):
            self._send_waiting()
        self._sending.look()

    def _send_waiting(self) -> None:
        pa = require("pyarrow", "arrow")
        table = pa.Table.from_batches(self._waiting, self._head).combine_chunks()
        self._waiting, self._held = [], 0
        for batch in table.to_batches(max_chunksize=_ROWS):
            self._send(pa, batch)

    def _send(self, pa: Any, batch: Any) -> None:
        out = pa.BufferOutputStream()
        with pa.ipc.new_stream(out, self._head) as writer:
            writer.write_batch(batch)
        data = out.getvalue()
        if len(data) > _LARGEST and len(batch) > 1:
            half = len(batch) // 2
            self._send(pa, batch.slice(0, half))
            self._send(pa, batch.slice(half))
        else:
            self._sending.put(self._topic, data.to_pybytes(), key=self._key)

    def finish(self, damage: str = "") -> None:
        """Wait until everything has been taken; there is no place to say what could not be read. Raises PysysdigError."""
        if self._waiting:
            self._send_waiting()
        self._sending.flush()

    def __enter__(self) -> Topic:
        return self

    def __exit__(self, *_: object) -> None:
        self._sending.abandon()


def parsed(url: str) -> tuple[str, str, dict[str, str]]:
    """(brokers, topic, what is said behind the question mark) of an address. Raises UsageError."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from None
    topic = unquote(parts.path.strip("/"))
    if not parts.netloc or not topic or "/" in topic:
        raise UsageError(f"{url}: kafka://HOST:PORT/TOPIC is expected")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in given if name not in _WORDS]
    if unknown:
        raise UsageError(f"{url}: unknown word {unknown[0]}; there are {', '.join(_WORDS)}")
    if given.setdefault("format", FORMATS[0]) not in FORMATS:
        raise UsageError(f"{url}: unknown format {given['format']}; there are {', '.join(FORMATS)}")
    return parts.netloc, topic, given


def _settings(path: str) -> dict[str, str]:
    """Of a file. Raises UsageError."""
    out: dict[str, str] = {}
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                name, equals, value = line.strip().partition("=")
                if not equals and name and not name.startswith("#"):
                    raise UsageError(f"{path}:{number}: NAME=VALUE is expected")
                if equals and not name.startswith("#"):
                    out[name.strip()] = value.strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't read it: {reason(error)}") from None
    return out
