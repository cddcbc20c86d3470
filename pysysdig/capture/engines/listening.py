"""Listener: follows what an engine with Docker's API tells of containers that come and go, so that they are known before their
first process runs."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pysysdig.capture.engines.http import EngineError, Following, get

_FILTERS = quote(json.dumps({"type": ["container"], "event": ["create"]}, separators=(",", ":")))
_EVENTS = f"/events?filters={_FILTERS}"
_LIST = "/containers/json?all=1"
_ALIVE = ("created", "running", "paused", "restarting")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds until a socket that is not there, or has failed, is tried again
_FULL_ID = re.compile("[0-9a-f]{64}")
_SHORT = 12
_MAX_LISTED = 4096


class Listener:
    """hear(short id, whether the container is new) is called in a thread of its own, for those that are there and those that
    come. A socket may appear, go away and come back at any time."""

    def __init__(self, path: str, hear: Callable[[str, bool], None]) -> None:
        self._path = path
        self._hear = hear
        self._closed = threading.Event()
        self._following: Following | None = None
        self.ready = threading.Event()  # it listens, or there is nothing to listen to
        self._thread = threading.Thread(target=self._run, name="pysysdig-listening", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        following = self._following
        if following is not None:
            following.close()
        self._thread.join(_FIRST_PAUSE)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            if os.path.exists(self._path):
                try:
                    self._follow()
                    pause = _FIRST_PAUSE
                except EngineError:
                    pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
            self.ready.set()
            self._closed.wait(pause)

    def _follow(self) -> None:
        following = self._following = Following(self._path, _EVENTS)
        try:
            # after the events have begun: what comes in between is told twice rather than not at all
            for entry in _listed(get(self._path, _LIST)):
                self._hear(entry, False)
            self.ready.set()
            for event in following:
                ident = _ident(event.get("id")) or _ident(_actor(event))
                if self._closed.is_set():
                    return
                if ident:
                    self._hear(ident, True)
        finally:
            following.close()


def _actor(event: dict[str, Any]) -> Any:
    actor = event.get("Actor")
    return actor.get("ID") if isinstance(actor, dict) else None


def _ident(given: Any) -> str:
    """The short id; "" if it is none."""
    return given[:_SHORT] if isinstance(given, str) and _FULL_ID.fullmatch(given) else ""


def _listed(answer: Any) -> list[str]:
    """Ids of the containers that run, or are going to."""
    entries = [e for e in answer if isinstance(e, dict)] if isinstance(answer, list) else []
    return [i for e in entries[:_MAX_LISTED] if e.get("State") in _ALIVE and (i := _ident(e.get("Id")))]
