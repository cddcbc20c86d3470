"""Why a rule fired on the running machine, or did not: worked out by a process of its own, for reading the events that are kept
may take seconds, and those to come must not wait."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.ui.messages import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.ui.book import Book
    from pysysdig.ui.messages import Explain, Reasons

_YIELDS = 5  # to the capture (nice)


class Aside:
    """One question under way. The files it is about may be removed meanwhile."""

    def __init__(self, book: Book, asked: Explain, files: Sequence[str], folder: str) -> None:
        """folder: on the disk that the files are on. Raises PysysdigError."""
        self._number = asked.number
        try:
            self._folder = tempfile.mkdtemp(prefix="aside-", dir=folder)
            task = os.path.join(self._folder, "task")  # a pipe would have one wait until it is read
            with open(task, "wb") as file:
                pickle.dump((book, asked, _linked(files, self._folder)), file)
            self._connection, theirs = Pipe(duplex=False)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _program(task, theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
        except OSError as error:
            raise PysysdigError(f"{folder}: nothing can be explained: {error.strerror}") from None

    def answer(self) -> Reasons | Failed | None:
        """What it has found; None: it has not, yet."""
        if not self._connection.poll():
            return None
        try:
            found: Reasons | Failed = self._connection.recv()
        except (EOFError, OSError):
            found = Failed(self._number, "the process that was to explain this has ended before it did")
        self.end()
        return found

    def end(self) -> None:
        """It is not wanted any more."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _linked(files: Sequence[str], folder: str) -> list[str]:
    """Other names of those that are there, which nobody removes."""
    out = []
    for number, path in enumerate(files):
        name = os.path.join(folder, f"{number}.pscap")
        try:
            os.link(path, name)
        except FileNotFoundError:
            continue
        except OSError:
            name = path  # a disk without links
        out.append(name)
    return out


def _program(task: str, number: int) -> str:
    """What the process runs: it finds modules where this one does."""
    return f"import sys; sys.path[:] = {sys.path!r}; from pysysdig.ui.aside import explain; explain({task!r}, {number})"


def explain(task: str, number: int) -> None:
    """Answer the question in a file, at the other end of the pipe with this file descriptor."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the screen
    os.nice(_YIELDS)
    book: Book
    asked: Explain
    with open(task, "rb") as file:
        book, asked, files = pickle.load(file)
    try:
        found: Reasons | Failed = book.reasons(asked, files)
    except PysysdigError as error:
        found = Failed(asked.number, error.render())
    Connection(number).send(found)
