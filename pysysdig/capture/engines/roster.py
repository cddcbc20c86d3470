"""Roster: which engines there are, by the sockets that exist. Sockets come and go; an engine that keeps others waiting rests."""

from __future__ import annotations

import functools
import glob
import threading
import time
from collections.abc import Callable
from importlib import import_module

from pysysdig.capture.engines.engine import Engine, EngineError, EngineSettings, Json
from pysysdig.capture.engines.listening import Listener
from pysysdig.capture.engines.table import ENGINES, Row
from pysysdig.extras import MissingExtra

_INTERVAL = 0.5  # seconds between two looks
_MAX_SOCKETS = 64
_FIRST_REST, _LONGEST_REST = 1.0, 32.0  # seconds that an engine is left alone that has let others wait


class Seat:
    """An engine at its socket. rank: the lower one is asked first, and believed."""

    def __init__(self, rank: int, row: Row, path: str, engine: Engine, hear: Callable[[Seat, str, int], None]) -> None:
        self.rank = rank
        self.row = row
        self.owner: int = getattr(engine, "owner", 0)
        self._engine = engine
        self._rest = 0.0
        self._until = 0.0  # when it is asked again
        self.listener = Listener(engine, path, functools.partial(hear, self))

    @property
    def resting(self) -> bool:
        """Whether it has let others wait lately."""
        return time.monotonic() < self._until

    def ask(self, ident: str) -> Json:
        """See engine.Engine."""
        try:
            found = self._engine.ask(ident)
        except EngineError as error:
            if error.slow:
                self._rest = min(max(self._rest * 2, _FIRST_REST), _LONGEST_REST)
                self._until = time.monotonic() + self._rest
            raise
        self._rest = 0.0
        return found


class Roster:
    """hear(seat, short id, news) is called in threads of the engines."""

    def __init__(self, settings: EngineSettings, hear: Callable[[Seat, str, int], None], note: Callable[[str], None]) -> None:
        """note: told once about an engine that a package is missing for."""
        self._settings = settings
        self._hear = hear
        self._note = note
        self._refused: set[str] = set()  # modules without their packages
        self._noted: set[str] = set()
        self._seats: dict[tuple[int, str], Seat] = {}
        self._closed = threading.Event()
        self._rows = [row for row in ENGINES if row.name not in settings.disabled and not settings.static]
        self.look()
        self._thread = threading.Thread(target=self._run, name="pysysdig-engines", daemon=True)
        self._thread.start()

    def seats(self, type_: int, owner: int) -> list[Seat]:
        """Who may know a container that cgroups say is of this type; the best first.

        owner: user id whose podman it is, 0: anyone's
        """
        found = [s for s in list(self._seats.values()) if type_ in s.row.types and (not owner or s.owner == owner)]
        return sorted(found, key=lambda seat: (seat.rank, seat.owner))

    def settle(self, deadline: float) -> None:
        """Wait until every engine is listened to, but not longer than this (monotonic time)."""
        for seat in list(self._seats.values()):
            seat.listener.ready.wait(max(deadline - time.monotonic(), 0))

    def close(self) -> None:
        """End what was begun."""
        self._closed.set()
        self._thread.join(_INTERVAL * 2)
        for seat in list(self._seats.values()):
            seat.listener.close()

    def look(self) -> None:
        """Take in the sockets that have come, forget those that are gone."""
        for key, seat in list(self._seats.items()):
            if not seat.listener.alive:
                seat.listener.close()
                del self._seats[key]
        for number, row in enumerate(self._rows):
            for path in self._sockets(row):
                if (number, path) not in self._seats and len(self._seats) < _MAX_SOCKETS:
                    self._sit(number, row, path)

    def _sockets(self, row: Row) -> list[str]:
        found: dict[str, None] = {}
        for pattern in self._settings.sockets.get(row.name, row.sockets):
            for path in sorted(glob.glob(self._settings.root + pattern)):
                found[path] = None
        return list(found)[:_MAX_SOCKETS]

    def _sit(self, number: int, row: Row, path: str) -> None:
        if row.module in self._refused:
            return
        try:
            engine: Engine = import_module(f"pysysdig.capture.engines.{row.module}").Engine(path, self._settings)
        except MissingExtra as error:
            self._refused.add(row.module)
            if str(error) not in self._noted:
                self._noted.add(str(error))
                self._note(f"containers of {path} have no names: {error}")
            return
        self._seats[number, path] = Seat(number, row, path, engine, self._hear)

    def _run(self) -> None:
        while not self._closed.wait(_INTERVAL):
            self.look()
