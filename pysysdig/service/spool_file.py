"""The SQLite database of the spool (spool.py) as a file: whose it is, how it is opened, what becomes of a damaged one.

A database belongs to one process, by a lock on the file NAME.lock. It has two connections: `db` for those who append and read,
`beside` for whoever writes the log into the database meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time

from pysysdig.errors import PysysdigError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (seq INTEGER PRIMARY KEY, accepted REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cursors (output TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS retired (output TEXT PRIMARY KEY, since REAL NOT NULL);
"""
_LOG_KEPT = 4 << 20  # bytes of an empty log that stay


class SpoolFile:
    """See the module.

    damaged   how often a damaged one was put aside; aside: what its name is now
    bytes     of alerts that there were when it was opened; newest: the highest number in it
    """

    def __init__(self, path: str) -> None:
        """Opens or makes it. Raises PysysdigError if somebody else has it, OSError, sqlite3.Error."""
        self.path = path
        self.damaged = 0
        self.aside = ""
        os.makedirs(os.path.dirname(path) or ".", 0o700, exist_ok=True)
        self._owned = self._own()
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self.put_aside()

    def _own(self) -> contextlib.ExitStack:
        """The lock, which goes with the process. Raises PysysdigError: it is somebody else's."""
        with contextlib.ExitStack() as stack:
            lock = stack.enter_context(open(f"{self.path}.lock", "ab", opener=_private))
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return stack.pop_all()
        raise PysysdigError(f"spool {self.path}: another process uses it (pysysdig.spool.path names another one)")

    def _open(self) -> None:
        before = os.umask(0o077)
        try:
            self.db, self.beside = (
                sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False) for _ in range(2)
            )
        finally:
            os.umask(before)
        settings = f"wal_autocheckpoint=0; PRAGMA synchronous=OFF; PRAGMA journal_size_limit={_LOG_KEPT};"
        self.db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA {settings} {_SCHEMA}")
        self.beside.execute("PRAGMA synchronous=NORMAL")
        if self.db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        newest, size = self.db.execute("SELECT max(seq), total(length(body)) FROM alerts").fetchone()
        taken = self.db.execute("SELECT max(seq) FROM cursors").fetchone()[0]
        self.bytes = int(size)
        self.newest = max(newest or 0, taken or 0)

    def put_aside(self) -> None:
        """A damaged database: another one is begun. Raises OSError, sqlite3.Error."""
        self.damaged += 1
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self.beside.close()
            self.db.close()
        self.aside = f"{self.path}.damaged-{int(time.time())}"
        os.replace(self.path, self.aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(self.path + suffix)
        self._open()

    def close(self) -> None:
        """Nobody has it any more."""
        with contextlib.suppress(sqlite3.Error):
            self.beside.close()
            self.db.close()
        self._owned.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
