"""Posting to web servers: one connection that is kept, TLS as asked for, and what the answer means for a delivery."""

from __future__ import annotations

import base64
import gzip
import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pysysdig.alerts.outputs.base import Refused
from pysysdig.errors import PysysdigError, UsageError

TIMEOUT = 10.0  # seconds without a byte
_MOST = 64 << 10  # of an answer that is looked at
# about this body, which is no better another time; everything else (who asks, and where, too much at once, faults of the server)
# may be mended while the alert waits
_NEVER = frozenset({400, 411, 413, 414, 415, 422, 431})
_NO_CERTIFICATE = b"SSL certificate"  # nginx says 400 to those who show none, or a wrong one
_MIN_COMPRESSED = 512


class Tls(NamedTuple):
    """How servers are checked, and what they are shown; "" = nothing.

    insecure    any server will do
    ca_file     PEM file of certificates to trust; ca_path: a folder of them; neither: the system's
    cert, key   PEM files of our certificate and its key (`key` may be part of `cert`)
    """

    insecure: bool = False
    ca_file: str = ""
    ca_path: str = ""
    cert: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext:
        """As the ssl module wants it. Raises PysysdigError."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None, capath=self.ca_path or None)
            if self.insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.cert:
                context.load_cert_chain(self.cert, self.key or None)
        except (OSError, ValueError) as error:
            named = ", ".join(filter(None, (self.ca_file, self.ca_path, self.cert, self.key)))
            raise PysysdigError(f"TLS files {named}: {error}") from None
        return context


class Answer(NamedTuple):
    """What a server said: the status, and the beginning of the body."""

    status: int
    body: bytes

    def check(self, where: str) -> Answer:
        """Raises PysysdigError if it is worth to try again, Refused if it is not. Returns itself."""
        if 200 <= self.status < 300:
            return self
        said = self.body[:200].decode("utf-8", "replace").strip()
        text = f"{where}: the server answered {self.status}{f': {said}' if said else ''}"
        if self.status in _NEVER and _NO_CERTIFICATE not in self.body:
            raise Refused(text)
        raise PysysdigError(text)


class Client:
    """A connection to one server."""

    def __init__(
        self,
        url: str,
        *,
        what: str,
        tls: Tls | None = None,
        headers: Mapping[str, str] | None = None,
        agent: str = "pysysdig",
        keep_alive: bool = False,
        compress: bool = False,
    ) -> None:
        """Connects later. what: the output that messages name; keep_alive: TCP probes; compress: bodies are sent with gzip. User
        and password may be part of the URL. Raises UsageError for one that is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"configuration: {what}: {url} is not a URL: {error}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"configuration: {what}: {url!r} is not a URL that begins with http:// or https:// and a host")
        self.where = f"{what}: {parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"
        self._host, self._port = parts.hostname, port
        self._secure = parts.scheme == "https"
        self._tls = tls or Tls()
        self._context: ssl.SSLContext | None = None
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"User-Agent": agent, "Accept": "*/*", **(headers or {})}
        if parts.username is not None:
            self._headers["Authorization"] = basic(parts.username, parts.password or "")
        self._keep_alive = keep_alive
        self._compress = compress
        self._connection: http.client.HTTPConnection | None = None

    def post(
        self,
        body: bytes,
        content_type: str,
        *,
        target: str = "",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        most: int = _MOST,
    ) -> Answer:
        """What the server says to a body, at most so many bytes of that. Raises PysysdigError if it cannot be asked."""
        sent = {**self._headers, "Content-Type": content_type, **(headers or {})}
        if self._compress and len(body) >= _MIN_COMPRESSED:
            body = gzip.compress(body, 6, mtime=0)
            sent["Content-Encoding"] = "gzip"
        kept = self._connection is not None
        try:
            return self._exchange(method, target or self.target, body, sent, most)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, http.client.CannotSendRequest) as error:
            self.close()
            if not kept:
                raise self._failed(error) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._failed(error) from None
        try:  # the server had closed the connection meanwhile
            return self._exchange(method, target or self.target, body, sent, most)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._failed(error) from None

    def _exchange(self, method: str, target: str, body: bytes, headers: Mapping[str, str], most: int) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, target, body, dict(headers))
        answer = self._connection.getresponse()
        text = answer.read(most)
        if not answer.isclosed() or answer.will_close:  # more than anybody wants to know
            self.close()
        return Answer(answer.status, text)

    def _connect(self) -> http.client.HTTPConnection:
        made: http.client.HTTPConnection
        if self._secure:
            self._context = self._context or self._tls.context()
            made = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._context)
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        made.connect()
        if made.sock is not None:
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._keep_alive:
                made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made

    def _failed(self, error: Exception) -> PysysdigError:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return PysysdigError(f"{self.where}: {text}")

    def close(self) -> None:
        """End the connection; the next call makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
