"""Files that change while the service runs: inotify on the folders that they lie in, and a look now and then.

Folders, not files, are watched: so editors that replace a file, files that are not there yet, and Kubernetes' links to the folder
of the moment are all seen. Whoever is told compares what is there with what was (loaded.fingerprint): told too often, it does
nothing.
"""

from __future__ import annotations

import ctypes
import os
import select
import threading
import time
from collections.abc import Callable, Sequence

_CHANGES = 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800  # CLOSE_WRITE MOVED_* CREATE DELETE DELETE_SELF MOVE_SELF
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_QUIET = 0.1  # seconds without another change until somebody is told
_LATEST = 1.0  # seconds until somebody is told although changes go on: alerts may be written into a folder that is watched
_LOOK = 10.0  # seconds between two looks where inotify may have missed something (networks, subPath)


class Watch:
    """Watches paths in a thread of its own and calls `changed` some time after something may have happened to one of them."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """changed: called in the thread of the watch, again after each change."""
        self._changed = changed
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(_NONBLOCK | _CLOEXEC)
        self._watched: dict[str, int] = {}
        self._wake, self._waker = os.pipe2(_CLOEXEC | _NONBLOCK)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def paths(self, paths: Sequence[str]) -> None:
        """Watch these, and no others."""
        wanted: set[str] = set()
        for path in paths:
            wanted |= folders(path)
        for path in wanted - self._watched.keys():
            if self._fd >= 0:
                number = self._libc.inotify_add_watch(self._fd, os.fsencode(path), _CHANGES)
                if number >= 0:
                    self._watched[path] = number
        for path in self._watched.keys() - wanted:
            self._libc.inotify_rm_watch(self._fd, self._watched.pop(path))

    def close(self) -> None:
        """End the thread."""
        self._ended = True
        os.write(self._waker, b"x")
        self._thread.join()
        for fd in (self._fd, self._wake, self._waker):
            if fd >= 0:
                os.close(fd)

    def _run(self) -> None:
        fds = [fd for fd in (self._fd, self._wake) if fd >= 0]
        while not self._ended:
            ready, _, _ = select.select(fds, [], [], _LOOK)
            latest = time.monotonic() + _LATEST
            while ready and not self._ended and time.monotonic() < latest:
                self._read()
                ready, _, _ = select.select(fds, [], [], _QUIET)
            if not self._ended:
                self._changed()

    def _read(self) -> None:
        for fd in (self._fd, self._wake):
            try:
                os.read(fd, 65536)
            except OSError:
                pass


def folders(path: str) -> set[str]:
    """The folders to watch for a path: itself if it is one, the one it is in, and those of what it links to."""
    out: set[str] = set()
    for _ in range(8):
        if os.path.isdir(path):
            out.add(os.path.abspath(path))
        parent = os.path.dirname(os.path.abspath(path))
        while not os.path.isdir(parent):  # it may come one day
            parent = os.path.dirname(parent)
        out.add(parent)
        for part in (path, parent):  # a link, or something in a folder that is one
            if os.path.islink(part):
                out.add(os.path.dirname(os.path.abspath(part)))
                target = os.path.join(os.path.dirname(os.path.abspath(part)), os.readlink(part))
                path = target if part == path else os.path.join(target, os.path.basename(path))
                break
        else:
            break
    return out
