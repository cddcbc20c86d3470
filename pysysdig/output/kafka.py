"""Messages to a Kafka cluster, in the background; whether they got there is told when somebody asks. Needs the extra `kafka`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import require

TIMEOUT = 20.0  # seconds for a message
_AGAIN = 0.1  # seconds to wait for room in the queue


class Sending:
    """A producer. Not for several threads."""

    def __init__(self, name: str, settings: Mapping[str, Any], timeout: float = TIMEOUT) -> None:
        """name: who is said to have failed; settings: librdkafka's; timeout: seconds for a message. Raises MissingExtra,
        UsageError for settings that librdkafka does not take."""
        kafka = require("confluent_kafka", "kafka")
        self._name = name
        self._timeout = timeout
        self._error = kafka.KafkaException
        self._wrong = ""
        about = {"client.id": "pysysdig", "log_level": 0, "message.timeout.ms": int(timeout * 1000)}
        try:
            self._producer = kafka.Producer(about | dict(settings))
        except (kafka.KafkaException, TypeError, ValueError) as error:
            raise UsageError(f"{name}: {_said(error)}") from None

    def _done(self, error: Any, message: Any) -> None:
        if error is not None:
            self._wrong = self._wrong or _said(error)

    def put(self, topic: str, value: bytes, *, key: bytes | None = None, headers: dict[str, str] | None = None) -> None:
        """Send a message; waits while the queue is full. Raises PysysdigError if this or an earlier one was not taken."""
        end = time.monotonic() + self._timeout
        while True:
            try:
                self._producer.produce(topic, value, key, callback=self._done, headers=headers)
                return
            except BufferError:
                if time.monotonic() > end:
                    raise PysysdigError(f"{self._name}: no answer") from None
                self.look(_AGAIN)
            except self._error as error:
                raise PysysdigError(f"{self._name}: {_said(error)}") from None

    def look(self, seconds: float = 0.0) -> None:
        """Hear what has become of messages, for so long. Raises PysysdigError if one was not taken."""
        self._producer.poll(seconds)
        self._check()

    def _check(self) -> None:
        if self._wrong:
            wrong, self._wrong = self._wrong, ""
            raise PysysdigError(f"{self._name}: {wrong}")

    def flush(self) -> None:
        """Wait until all are taken. Raises PysysdigError if one was not."""
        left = self._producer.flush(self._timeout)
        self._check()
        if left:
            raise PysysdigError(f"{self._name}: no answer")

    def abandon(self) -> None:
        """Forget what has not been sent."""
        self._producer.purge()
        self._producer.poll(0)


def _said(error: Any) -> str:
    """Of an exception, or of one of librdkafka's errors."""
    first = error.args[0] if isinstance(error, Exception) and error.args else error
    return str(first.str()) if hasattr(first, "str") else str(first)
