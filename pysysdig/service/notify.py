"""What systemd is told: ready, reloading, alive, and what goes on (sd_notify(3)). Without systemd nothing is said."""

from __future__ import annotations

import os
import socket
import time


class Notifier:
    """Tells the service manager that started this process, if it wants to know."""

    def __init__(self) -> None:
        path = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if path[:1] in ("@", "/") else None
        wanted = os.environ.get("WATCHDOG_USEC", "")
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._every = int(wanted) / 2e6 if wanted.isdigit() and mine else 0.0  # seconds; twice as often as it has to be
        self._alive_at = 0.0

    def ready(self, status: str) -> None:
        """It runs (again)."""
        self._send(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """It is about to run with something else."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def alive(self, status: str) -> None:
        """To be called again and again: it is not stuck."""
        if self._every and time.monotonic() >= self._alive_at + self._every:
            self._alive_at = time.monotonic()
            self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """It ends."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if self._socket is not None:
            try:
                self._socket.sendto(text.encode(), self._address)
            except OSError:  # nobody there any more
                pass
