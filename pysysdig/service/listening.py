"""Events of a source as they come: posted to an address, or added to a file. What Falco's plugins take as `open_params`:

http://HOST:PORT/PATH, https://...   a web server; no HOST: all of this machine
file:///PATH                         a file that is followed from its end
PATH                                 a file, or those of a directory, once
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from pysysdig.errors import CaptureError, PysysdigError, UsageError, reason
from pysysdig.eventsources.model import EventSource
from pysysdig.eventsources.registry import own
from pysysdig.service.config import WebSettings
from pysysdig.service.plugin_keys import CERTIFICATE, MAX_BODY
from pysysdig.service.web import PLAIN, Answer, Post, WebServer, tls_context
from pysysdig.sources.following import Follower
from pysysdig.sources.input import Source, open_source
from pysysdig.sources.opening import expand
from pysysdig.sources.records import MAX_RECORD, Records, events_of, recognised

_TURN = 0.2  # seconds between two looks
_ROOM = 64 << 20  # bytes of bodies that wait
_MOST_BODIES = 1000
_PATIENCE = 10.0  # seconds that a body waits for room
_JSON = "application/json"
_THANKS = "<html><body>Ok</body></html>"


class Mailbox:
    """Bodies between the threads that take them and the one that reads them: bounded."""

    def __init__(self) -> None:
        self._bodies: deque[bytes] = deque()
        self._size = 0
        self._changed = threading.Condition()

    def put(self, body: bytes) -> bool:
        """Whether there was room for it before long."""
        deadline = time.monotonic() + _PATIENCE
        with self._changed:
            while self._bodies and (self._size + len(body) > _ROOM or len(self._bodies) >= _MOST_BODIES):
                if not self._changed.wait(max(deadline - time.monotonic(), 0)) and time.monotonic() >= deadline:
                    return False
            self._bodies.append(body)
            self._size += len(body)
            self._changed.notify_all()
            return True

    def get(self, wait: float) -> bytes | None:
        """The next one; None if none comes for so many seconds."""
        with self._changed:
            if not self._bodies:
                self._changed.wait(wait)
            if not self._bodies:
                return None
            body = self._bodies.popleft()
            self._size -= len(body)
            self._changed.notify_all()
            return body


def taking(put: Callable[[bytes], bool]) -> Post:
    """As the plugin answers: at once; what is in a body is looked at later."""

    def post(body: bytes, kind: str) -> Answer:
        if _JSON not in kind:
            return Answer("wrong Content Type", PLAIN, 400)
        return Answer("", PLAIN) if put(body) else Answer("busy", PLAIN, 503)

    return post


def taking_as_before(put: Callable[[bytes], bool], source: EventSource) -> Post:
    """As Falco <= 0.31 answered: once it knows that there are events in a body."""

    def post(body: bytes, kind: str) -> Answer:
        if not kind.startswith(_JSON):
            return Answer("Wrong Content Type", PLAIN, 400)
        try:
            events_of(source, body)
        except ValueError as error:
            return Answer(f"Bad Request: {error}", PLAIN, 400)
        return Answer(_THANKS, "text/html") if put(body) else Answer("busy", PLAIN, 503)

    return post


class Live(Records):
    """Events that come for as long as it is not closed."""

    def __init__(self, name: str, event_source: EventSource) -> None:
        super().__init__(Source(name), event_source)
        self.ended = threading.Event()

    @property
    def waits(self) -> bool:
        return True

    def close(self) -> None:
        self.ended.set()


class Posted(Live):
    """What is posted; `mailbox` is where others put bodies."""

    def __init__(self, name: str, event_source: EventSource) -> None:
        super().__init__(name, event_source)
        self.mailbox = Mailbox()
        self._server: WebServer | None = None

    def serve(self, settings: WebSettings, path: str, most: int) -> None:
        """Take bodies of `most` bytes at an address of its own. Raises PysysdigError."""
        refused = {path: lambda: Answer("GET method not allowed", PLAIN, 405)}
        self._server = WebServer(settings, refused, {path: taking(self.mailbox.put)}, most)

    @property
    def port(self) -> int:
        """Of the server, 0 = there is none."""
        return 0 if self._server is None else self._server.port

    def records(self) -> Iterator[tuple[str, bytes] | None]:
        number = 0
        last = False
        while not last:
            last = self.ended.is_set()
            body = self.mailbox.get(0 if last else _TURN)
            while body is not None:
                number += 1
                yield f"request {number}", body
                body = self.mailbox.get(0)
            yield None

    def close(self) -> None:
        """Nothing is taken any more; what has been taken comes yet."""
        if self._server is not None:
            self._server.close()
            self._server = None
        super().close()


class Followed(Live):
    """What is added to a file."""

    def __init__(self, path: str, event_source: EventSource) -> None:
        """Raises CaptureError."""
        super().__init__(path, event_source)
        self._follower = Follower(path, MAX_RECORD)

    def records(self) -> Iterator[tuple[str, bytes] | None]:
        number = 0
        last = False
        while not last:
            last = self.ended.is_set()
            for line in self._follower.lines():
                number += 1
                if line.strip():
                    yield f"line {number} since the start", line
            yield None
            self.ended.wait(_TURN)
        self._follower.close()


class Once(Records):
    """Files, one after the other."""

    def __init__(self, path: str, event_source: EventSource) -> None:
        """Raises CaptureError."""
        self._paths = _paths(path)
        super().__init__(Source(path), event_source)

    def records(self) -> Iterator[tuple[str, bytes] | None]:
        for path in self._paths:
            with Records(open_source(path), self.event_source) as one:
                for item in one.records():
                    yield None if item is None else (f"{path}: {item[0]}", item[1])
        yield None


def opened(params: str, event_source: EventSource | None = None, certificate: str = CERTIFICATE, most: int = MAX_BODY) -> Records:
    """See the module. event_source: whose events they are; None: as the file begins, else Kubernetes' audit events. Raises
    PysysdigError."""
    parts = _split(params)
    if parts.scheme in ("http", "https"):
        capture = Posted(params, event_source or own("k8s_audit"))
        capture.serve(_settings(params, certificate if parts.scheme == "https" else ""), parts.path or "/", most)
        return capture
    if parts.scheme == "file":
        path = _followed(params, parts)
        return Followed(path, event_source or _of_file(path))
    return Once(params, event_source or own("k8s_audit"))


def check(params: str, certificate: str = CERTIFICATE) -> None:
    """Raises PysysdigError for what `opened` would, as far as that can be known while somebody else listens there."""
    parts = _split(params)
    if parts.scheme in ("http", "https"):
        tls_context(_settings(params, certificate if parts.scheme == "https" else ""))
    elif parts.scheme == "file":
        Follower(_followed(params, parts), MAX_RECORD).close()
    else:
        _paths(params)


def _split(params: str) -> SplitResult:
    if not params:
        raise UsageError("open_params says from where events come: http://HOST:PORT/PATH, file:///PATH or a path; there is none")
    try:
        return urlsplit(params)
    except ValueError as error:
        raise UsageError(f"{params}: {error}") from None


def _followed(params: str, parts: SplitResult) -> str:
    """The path of a file that is followed."""
    path = unquote(parts.path)
    if parts.netloc or not path.startswith("/"):
        raise UsageError(f"{params}: it is written as file:///PATH")
    return path


def _paths(path: str) -> list[str]:
    """The files that a path stands for. Raises CaptureError, as the plugin if it is not there."""
    try:
        os.stat(path)
    except OSError as error:
        raise CaptureError(f"can't open file: {error.strerror}", path) from None
    return expand(path)


def _settings(address: str, certificate: str) -> WebSettings:
    parts = urlsplit(address)
    try:
        port = parts.port
        host = socket.gethostbyname(parts.hostname) if parts.hostname and ":" not in parts.hostname else parts.hostname
    except (ValueError, OSError) as error:
        raise UsageError(f"{address}: {reason(error)}") from None
    if port is None:
        raise UsageError(f"{address}: it has no port: http://HOST:PORT/PATH")
    return WebSettings(True, host or "0.0.0.0", port, "", certificate, False)


def _of_file(path: str) -> EventSource:
    """Whose events a file holds already."""
    try:
        source = open_source(path)
    except PysysdigError:
        return own("k8s_audit")
    try:
        return recognised(source) or own("k8s_audit")
    finally:
        source.close()
