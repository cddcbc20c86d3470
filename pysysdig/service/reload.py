"""Configuration and rules that change while the service runs: read and compiled in a thread, beside what is at work."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.service import loaded
from pysysdig.service.watch import Watch

if TYPE_CHECKING:
    from pysysdig.service.loaded import Compile, Loaded


class Reloader:
    """See the module. It is asked for what it has between batches (`take`)."""

    def __init__(
        self, path: str, options: Sequence[str], given: Sequence[str], compile_: Compile, first: Loaded, *, watch: bool
    ) -> None:
        """path, options, given, compile_: as of loaded.load; first: what the service starts with; watch: its files are
        watched."""
        self._arguments = path, tuple(options), tuple(given), compile_
        self._paths = first.paths
        self._print, self._contents = loaded.fingerprint(first.paths), loaded.contents(first.paths)
        self._found: Loaded | PysysdigError | None = None
        self._asked = self._closed = False
        self._dirty = watch  # it may have changed since it was read
        self._lock = threading.Lock()
        self._watch = Watch(self._changed) if watch else None
        if self._watch is not None:
            self._watch.paths(first.paths)

    def ask(self) -> None:
        """Read everything anew, soon. Safe in a signal handler."""
        self._asked = True

    def look(self) -> bool:
        """Begin to read, if there is reason to; whether somebody has asked for it."""
        if not (self._asked or self._dirty):
            return False
        asked, self._asked, self._dirty = self._asked, False, False
        # begun by who calls this: that thread may read what others may not (privileges.py)
        threading.Thread(target=self._read, args=(asked,), name="reload", daemon=True).start()
        return asked

    def take(self) -> Loaded | PysysdigError | None:
        """What has been read, or why it could not be; None: nothing new."""
        found, self._found = self._found, None
        if found is not None and not isinstance(found, PysysdigError):
            self._paths = found.paths
        return found

    def close(self) -> None:
        """No more of it."""
        self._closed = True
        if self._watch is not None:
            self._watch.close()

    def _changed(self) -> None:
        """From the watch: something may have happened to the files."""
        self._dirty = True

    def _read(self, asked: bool) -> None:
        with self._lock:
            while not self._closed:
                before, contents = loaded.fingerprint(self._paths), loaded.contents(self._paths)
                if not asked and (before == self._print or contents == self._contents):
                    self._print = before
                    return
                self._print, self._contents = before, contents
                found: Loaded | PysysdigError
                try:
                    found = read = loaded.load(*self._arguments)
                except PysysdigError as error:
                    found = error
                else:
                    if self._watch is not None:
                        self._watch.paths(read.paths)
                    self._print, self._contents = loaded.fingerprint(read.paths), loaded.contents(read.paths)
                if loaded.fingerprint(self._paths) == before:  # else it changed meanwhile
                    self._found = found
                    return
                asked = True
