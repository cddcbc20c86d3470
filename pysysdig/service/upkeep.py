"""The thread that looks after the spool, so that nobody who raises alerts waits for the disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysysdig.service.spool import Spool

_EVERY = 5.0  # seconds between two looks


class Upkeep:
    """Looks after a spool until `end`."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(_EVERY):
            self._spool.look()

    def end(self) -> None:
        """No more looks; the one that is under way is waited for."""
        self._over.set()
        self._thread.join()
