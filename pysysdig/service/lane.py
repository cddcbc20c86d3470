"""One output with its own worker and its own queue: what is slow or broken holds up nothing else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pysysdig.alerts.outputs.base import Refused
from pysysdig.errors import PysysdigError

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.alerts.outputs.base import AlertOutput
    from pysysdig.service.log import Log

Item = tuple["Alert", str]  # an alert, and the line (byte text) that the configuration made of it when it was raised

CAPACITY = 100_000  # alerts in memory
_LOT = 500  # alerts that an output is given at once
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0  # seconds until a failed delivery is tried again; twice as many each time
_LOOK = 0.2  # seconds between two looks whether it is time to end


class Store(Protocol):
    """Where an output's alerts wait, in order. lasting: what waits is there again at the next start."""

    lasting: bool

    def put(self, items: Sequence[Item], last: int = 0) -> int:
        """Keep alerts; returns how many there is no room for (the last ones). last: the number of the last one in the spool."""

    def peek(self, count: int) -> list[Item]:
        """The first alerts, at most so many."""

    def done(self, count: int) -> None:
        """So many of those that `peek` gave last are dealt with."""

    @property
    def fill(self) -> float: ...

    def __len__(self) -> int: ...


class Memory:
    """Alerts that wait in memory."""

    lasting = False

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._items: deque[Item] = deque()
        self._capacity = capacity
        self._lock = threading.RLock()

    def put(self, items: Sequence[Item], last: int = 0) -> int:
        with self._lock:
            room = max(self._capacity - len(self._items), 0)
            self._items.extend(items[:room])
        return max(len(items) - room, 0)

    def peek(self, count: int) -> list[Item]:
        with self._lock:
            return [self._items[i] for i in range(min(count, len(self._items)))]

    def done(self, count: int) -> None:
        with self._lock:
            for _ in range(count):
                self._items.popleft()

    @property
    def fill(self) -> float:
        return len(self._items) / self._capacity

    def __len__(self) -> int:
        return len(self._items)


class Lane:
    """An output at work in a thread of its own.

    name      of the output
    accepts   which alerts it wants; None: all
    sent, failures, refused, dropped   alerts delivered; deliveries that failed and are tried again; alerts that were given up:
              because the other side will never take them, because there was no room
    error     what went wrong in the latest attempt, "" if nothing did
    """

    def __init__(
        self, name: str, output: AlertOutput, store: Store, log: Log, accepts: Callable[[Alert], bool] | None = None
    ) -> None:
        self.name = name
        self.output = output
        self.store = store
        self.accepts = accepts
        self.sent = self.failures = self.refused = self.dropped = 0
        self.error = ""
        self.calling_since = 0.0  # when the call that is under way began (monotonic), 0 = none is
        self._log = log
        self._wake = threading.Event()
        self._ending = False
        self._reopen = False
        self._alone = 0  # so many alerts are delivered one by one
        self._thread = threading.Thread(target=self._work, name=f"output {name}", daemon=True)
        self._thread.start()

    def put(self, items: Sequence[Item], *, wait: bool = False, last: int = 0) -> int:
        """Alerts to deliver; returns how many had to be dropped. wait: until there is room, as where events wait for it. last: as
        of a Store."""
        left = self.store.put(items, last)
        self._wake.set()
        while left and wait and self._thread.is_alive() and not self.error:  # nobody knows when there would be room
            time.sleep(0.01)
            left = self.store.put(items[-left:], last)
            self._wake.set()
        self.dropped += left
        return left

    def reopen(self) -> None:
        """Files and programs are to be opened anew."""
        self._reopen = True
        self._wake.set()

    @property
    def fill(self) -> float:
        """How full the queue is, 0 to 1."""
        return self.store.fill

    @property
    def waiting(self) -> int:
        """Alerts that are not delivered yet."""
        return len(self.store)

    def end(self) -> None:
        """No more alerts will come: the worker ends once it has delivered those that wait."""
        self._ending = True
        self._wake.set()

    def join(self, patience: float, *, once: bool = False) -> bool:
        """Wait for the end for as long as something is delivered every `patience` seconds (once: for so long and no longer);
        returns whether it came."""
        while self._thread.is_alive():
            before = self.sent + self.refused
            self._thread.join(patience)
            if once or before == self.sent + self.refused:
                break
        return not self._thread.is_alive()

    def _work(self) -> None:
        wait = _FIRST_WAIT
        while True:
            self._wake.clear()
            if self._reopen:
                self._reopen = False
                self._call(self.output.reopen)
            items = self.store.peek(1 if self.output.one_by_one or self._alone else _LOT)
            if not items:
                if self._ending:
                    break
                self._wake.wait(1.0)
            elif self._deliver(items):
                wait = _FIRST_WAIT
            else:
                self._pause(wait)
                if self._ending:
                    break
                wait = min(wait * 2, _LONGEST_WAIT)
        self._call(self.output.close)

    def _deliver(self, items: Sequence[Item]) -> bool:
        """Whether these alerts are dealt with."""
        wanted = [item for item in items if self.accepts is None or self.accepts(item[0])]
        try:
            if wanted:
                self.calling_since = time.monotonic()
                self.output.send([alert for alert, _ in wanted], [line for _, line in wanted])
        except Refused as error:
            if len(wanted) > 1:  # because of one of them: which one is found out one by one
                self._alone = len(items)
                return True
            self.refused += len(wanted)
            self._failed(error)
        except (OSError, PysysdigError) as error:
            self.failures += 1
            self._failed(error)
            return False
        else:
            self.sent += len(wanted)
            if self.error and wanted:
                self._log.notice(f"{self.name}: alerts are delivered again")
                self.error = ""
        finally:
            self.calling_since = 0.0
        self.store.done(len(items))
        self._alone = max(self._alone - len(items), 0)
        return True

    def _failed(self, error: Exception) -> None:
        text = str(error)
        if text != self.error:  # once, and not at each attempt
            self._log.error(text if text.startswith(self.name) else f"{self.name}: {text}")
        self.error = text

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ending and time.monotonic() < until:
            time.sleep(_LOOK)

    def _call(self, do: Callable[[], None]) -> None:
        try:
            do()
        except (OSError, PysysdigError) as error:
            self._failed(error)
