"""The system log: datagrams to /dev/log, as the C library's syslog() sends them (RFC 3164)."""

from __future__ import annotations

import errno
import socket
import time

from pysysdig.errors import PysysdigError

PATH = "/dev/log"
USER = 1  # facility
_TIMEOUT = 5.0  # seconds that the other side may take none
_STREAM = errno.EPROTOTYPE  # the socket is a stream


class SystemLog:
    """A connection to the system log, made when it is needed and again when it has broken."""

    def __init__(self, path: str = PATH, ident: str = "falco") -> None:
        """Opens nothing. ident: whom the lines are from."""
        self._path = path
        self._ident = ident
        self._socket: socket.socket | None = None
        self._stream = False

    def send(self, severity: int, text: str) -> None:
        """A line, in the words of syslog(3): severity 0 (emergency) to 7 (debug); text: byte text. Raises PysysdigError."""
        begin = time.strftime(f"<{USER << 3 | severity}>%b %e %H:%M:%S {self._ident}: ", time.localtime())
        data = begin.encode() + text.encode("latin-1", "replace")
        for attempt in (1, 2):  # the daemon may have been started anew
            try:
                if self._socket is None:
                    self._connect()
                assert self._socket is not None
                if self._stream:
                    self._socket.sendall(data + b"\0")
                else:
                    self._socket.send(data)
                return
            except OSError as error:
                self.close()
                if attempt == 2 or isinstance(error, TimeoutError):
                    raise PysysdigError(f"syslog: {self._path}: {error.strerror or error}") from None

    def _connect(self) -> None:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            made = socket.socket(socket.AF_UNIX, kind)
            made.settimeout(_TIMEOUT)
            try:
                made.connect(self._path)
            except OSError as error:
                made.close()
                if error.errno != _STREAM or kind == socket.SOCK_STREAM:
                    raise
                continue
            self._socket, self._stream = made, kind == socket.SOCK_STREAM
            return

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
