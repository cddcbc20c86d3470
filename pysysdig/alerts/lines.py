"""Talking to servers of line protocols (Redis, NATS, MQTT): a socket, TLS if asked for, reads that are bounded."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from pysysdig.errors import PysysdigError, UsageError

if TYPE_CHECKING:
    from pysysdig.alerts.http import Tls

TIMEOUT = 10.0  # seconds that the other side may take
_LONGEST = 64 << 10


class Line:
    """A connection to a server, made when it is needed."""

    def __init__(self, address: str, port: int, *, what: str, tls: Tls | None = None) -> None:
        """address: HOST or HOST:PORT; port: if it names none; what: the output that messages name. Raises UsageError."""
        host, _, given = address.rpartition(":") if address.count(":") == 1 or "]" in address else (address, "", "")
        if not host or (given and not given.isdigit()):
            raise UsageError(f"configuration: {what}: {address!r} is not a host and a port")
        self._host, self._port = host.strip("[]"), int(given or port)
        self.where = f"{what}: {self._host}:{self._port}"
        self._tls = tls
        self._socket: socket.socket | None = None
        self._buffer = b""

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return self._socket is not None

    def connect(self, *, secure: bool = True) -> None:
        """Make one; with TLS, if that is asked for, unless `secure` is false. Raises OSError, PysysdigError."""
        self._buffer = b""
        self._socket = socket.create_connection((self._host, self._port), TIMEOUT)
        if secure:
            self.secure()

    def secure(self) -> None:
        """Go on with TLS, if that is asked for. Raises OSError, PysysdigError."""
        if self._tls is not None and self._socket is not None:
            self._socket = self._tls.context().wrap_socket(self._socket, server_hostname=self._host)

    @contextmanager
    def talking(self, connect: Callable[[], None], close: Callable[[], None]) -> Iterator[None]:
        """A conversation: `connect` begins it if there is no connection, `close` ends that if anything goes wrong. Raises
        PysysdigError in place of OSError."""
        try:
            if not self.connected:
                connect()
            yield
        except OSError as error:
            close()
            raise self.failed(error) from None
        except Exception:
            close()
            raise

    def send(self, data: bytes) -> None:
        """Raises OSError."""
        assert self._socket is not None
        self._socket.sendall(data)

    def line(self) -> bytes:
        """The next line, without its end. Raises OSError, PysysdigError."""
        while b"\r\n" not in self._buffer:
            self._read()
        found, _, self._buffer = self._buffer.partition(b"\r\n")
        return found

    def exactly(self, count: int) -> bytes:
        """So many bytes. Raises OSError, PysysdigError."""
        while len(self._buffer) < count:
            self._read()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    def _read(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(4096)
        if not data:
            raise ConnectionResetError(104, "the server has closed the connection")
        self._buffer += data
        if len(self._buffer) > _LONGEST:
            self.refuse("an answer that is too long")

    def refuse(self, why: str) -> NoReturn:
        """What the server says is no good: PysysdigError."""
        raise PysysdigError(f"{self.where}: {why}")

    def failed(self, error: OSError) -> PysysdigError:
        """An error of the connection as one line."""
        return PysysdigError(f"{self.where}: {error.strerror or error}")

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
