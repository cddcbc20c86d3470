"""gRPC, over UNIX sockets mostly: single answers, and answers that go on. Needs the extra `cri`, or `grpc`, which is the same.

Messages are written and read by hand (`pysysdig.wire`). The other side is not trusted: the size of what it says and the time it
takes are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pysysdig.capture.engines.engine import EngineError
from pysysdig.extras import require
from pysysdig.wire import Message

MAX_ANSWER = 4 << 20
Headers = tuple[tuple[str, str], ...]


class Unserved(EngineError):
    """The other side does not know the method."""


class Caller:
    """A connection, made when it is first used."""

    def __init__(self, address: str, timeout: float, roots: bytes | None = None) -> None:
        """address: the path of a socket, or HOST:PORT. timeout: seconds for one answer. roots: certificates in PEM that vouch for
        the other side; None: a connection without TLS. Raises MissingExtra."""
        local = address.startswith("/")
        self._grpc: Any = require("grpc", "cri" if local else "grpc")
        options: list[tuple[str, int | str]] = [
            ("grpc.max_receive_message_length", MAX_ANSWER),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        if local:
            address = f"unix:{address}"
            options.append(("grpc.default_authority", "localhost"))
        else:  # servers cut off who asks more often than every five minutes
            options += [("grpc.keepalive_time_ms", 360_000), ("grpc.keepalive_timeout_ms", 20_000)]
        self._timeout = timeout
        if roots is None:
            self._channel = self._grpc.insecure_channel(address, options=options)
        else:
            self._channel = self._grpc.secure_channel(address, self._grpc.ssl_channel_credentials(roots), options=options)
        self._streams: set[Any] = set()

    def call(self, method: str, request: bytes = b"", headers: Headers = (), timeout: float | None = None) -> Message:
        """The answer to one question. Raises EngineError."""
        ask = self._channel.unary_unary(method)
        try:
            return Message(ask(request, timeout=self._timeout if timeout is None else timeout, metadata=headers))
        except ValueError as error:  # also of a channel that is closed
            raise EngineError(str(error)) from None
        except self._grpc.RpcError as error:
            raise self._failure(error) from None

    def entries(self, method: str, most: int, request: bytes = b"", headers: Headers = ()) -> list[Message]:
        """The first `most` entries of an answer that is a list of messages (field 1). Raises EngineError."""
        answer = self.call(method, request, headers)
        try:
            return answer.all(1, most)
        except ValueError as error:
            raise EngineError(str(error)) from None

    def stream(self, method: str, request: bytes = b"", headers: Headers = ()) -> Iterator[Message]:
        """The messages of an answer, until it ends or `close` is called; those that make no sense are left out. The question is
        asked at once; going on raises EngineError."""
        try:
            answers = self._channel.unary_stream(method)(request, metadata=headers)
        except ValueError as error:
            raise EngineError(str(error)) from None
        self._streams.add(answers)
        return self._messages(answers)

    def _messages(self, answers: Any) -> Iterator[Message]:
        try:
            for data in answers:
                try:
                    yield Message(data)
                except ValueError:
                    continue
        except self._grpc.RpcError as error:
            raise self._failure(error) from None
        finally:
            self._streams.discard(answers)
            answers.cancel()

    def close(self) -> None:
        """End all of it."""
        for answers in list(self._streams):
            answers.cancel()
        self._channel.close()

    def _failure(self, error: Any) -> EngineError:
        codes = self._grpc.StatusCode
        code = error.code()
        message = f"{code.name}: {error.details()}"[:200]
        if code == codes.UNIMPLEMENTED:
            return Unserved(message)
        return EngineError(message, code in (codes.UNAVAILABLE, codes.PERMISSION_DENIED), code == codes.DEADLINE_EXCEEDED)
