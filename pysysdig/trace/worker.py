"""A second thread for work that mostly runs outside the interpreter (numpy, lz4): tasks are done in order, one ahead at most."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker:
    """Runs tasks one after the other. A task's exception is raised, once, by the next call.

    A task owns what it works on: whoever hands over a batch must not unpack it (columns, spans) from then on.
    """

    __slots__ = ("_error", "_given", "_idle", "_task", "_thread")

    def __init__(self) -> None:
        self._task: Callable[[], None] | None = None
        self._error: BaseException | None = None
        self._given = threading.Semaphore(0)
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], None]) -> None:
        """Run a task once the one before is done; waits for that."""
        self.wait()
        self._idle.clear()
        self._task = task
        self._given.release()

    def wait(self) -> None:
        """Until all tasks are done. Raises what one of them raised."""
        self._idle.wait()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def close(self) -> None:
        """End the thread, after the task at hand."""
        self._idle.wait()
        self._given.release()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._given.acquire()
            task, self._task = self._task, None
            if task is None:
                return
            try:
                task()
            except BaseException as e:  # handed to the caller
                self._error = e
            self._idle.set()
