"""One file of a web server, with bounds: of bytes, and of time, however slowly they come."""

from __future__ import annotations

import contextlib
import functools
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import PysysdigError, reason

if TYPE_CHECKING:
    from pysysdig.alerts.http import Tls

_TIMEOUT = 30.0  # seconds without a byte
_WHOLE = 120.0  # seconds for all of it


class Download(NamedTuple):
    """What a server answered: the status (2xx), the names of its headers in lower case."""

    data: bytes
    headers: dict[str, str]


class Answered(PysysdigError):
    """A status that is no success: which, and what came with it (names in lower case)."""

    def __init__(self, url: str, status: int, headers: dict[str, str]) -> None:
        super().__init__(f"{url}: the server answered {status}")
        self.status = status
        self.headers = headers


class _Deadline:
    """Ends connections when the time is over."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets = []

    def watch(self, connection: socket.socket) -> None:
        """A second handle: TLS takes the first one over."""
        with self._lock:
            self._sockets.append(connection.dup())
        if self.over:
            self._end()

    def _end(self) -> None:
        self.over = True
        with self._lock:
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Watched(http.client.HTTPConnection):
    deadline: _Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.watch(self.sock)


class _Secure(http.client.HTTPSConnection, _Watched):
    """Watched before the TLS handshake: that of HTTPSConnection begins with the connection of the class behind it."""


def _watched(kind: type[_Watched], deadline: _Deadline, *args: Any, **options: Any) -> _Watched:
    made = kind(*args, **options)
    made.deadline = deadline
    return made


class _Plainly(urllib.request.HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_watched, _Watched, self._deadline), req)


class _Securely(urllib.request.HTTPSHandler):
    def __init__(self, deadline: _Deadline, context: ssl.SSLContext) -> None:
        super().__init__()
        self._deadline, self._tls = deadline, context

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_watched, _Secure, self._deadline), req, context=self._tls)


def download(url: str, most: int, tls: Tls, headers: Mapping[str, str] | None = None, authorization: str = "") -> Download:
    """At most so many bytes. authorization: the header of that name, which goes to no other server if this one sends us there.
    Raises PysysdigError; Answered where the server said no."""
    request = urllib.request.Request(url, headers={"User-Agent": "pysysdig", **(headers or {})})
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    with _Deadline(_WHOLE) as deadline:
        try:
            handlers: list[urllib.request.BaseHandler] = [_Plainly(deadline)]
            if request.type == "https":
                handlers.append(_Securely(deadline, tls.context()))
            with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT) as answer:
                data: bytes = answer.read(most + 1)
                found = {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                raise Answered(url, error.code, {name.lower(): value for name, value in error.headers.items()}) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = reason(getattr(error, "reason", error))
            raise PysysdigError(f"{url}: {_late() if deadline.over else why}") from None
    if deadline.over:  # a body without a length just ends
        raise PysysdigError(f"{url}: {_late()}")
    if len(data) > most:
        raise PysysdigError(f"{url}: more than {most} bytes")
    return Download(data, found)


def _late() -> str:
    return f"it is not complete after {_WHOLE:g} seconds"
