"""Listener: follows what an engine tells of containers that come and go, so that they are known before they have a process."""

from __future__ import annotations

import os
import threading

from pysysdig.capture.engines.engine import Engine, EngineError, Hear

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds until an engine that has failed is tried again


class Listener:
    """hear(short id, news) is called in a thread of its own, for those that are there and those that come and go, as long as the
    engine's socket is there.

    ready: it listens, or the engine has failed
    """

    def __init__(self, engine: Engine, path: str, hear: Hear) -> None:
        self._engine = engine
        self._path = path
        self._hear = hear
        self._closed = threading.Event()
        self.ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pysysdig-listening", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """False once the socket is gone, or it was closed."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._engine.close()
        self._thread.join(_FIRST_PAUSE)

    def _tell(self, ident: str, news: int) -> None:
        if not self._closed.is_set():
            self._hear(ident, news)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set() and os.path.exists(self._path):
            try:
                self._engine.follow(self._tell, self.ready.set)
                pause = _FIRST_PAUSE
            except EngineError:
                pause = min(pause * 2, _LONGEST_PAUSE)
            self.ready.set()
            self._closed.wait(pause)
        self.ready.set()
