"""Alerts on disk until every output has taken them: an SQLite database in WAL mode.

Each alert is stored once; each output has a cursor, the number of the last alert that it has dealt with. So an alert that was
accepted survives the end of the process, however it comes, is delivered at least once, and in order. (What a loss of power takes
are the last moments.) What is too much (`max_bytes`) or too old (`max_age`) goes, the oldest first, and is counted for each
output that had not taken it.

Who appends never waits for the disk: the log is synced and written into the database beside (`look`, in a thread of its own),
through another connection. A database belongs to one process, by a lock on the file NAME.lock.

While the disk takes nothing alerts are kept in memory; a database that is damaged is put aside, and another one begun.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgpack

from pysysdig.alerts.model import Alert
from pysysdig.errors import PysysdigError
from pysysdig.service.cursors import Cursor
from pysysdig.service.lane import CAPACITY, Item

if TYPE_CHECKING:
    from pysysdig.service.log import Log

MAX_BYTES, MAX_AGE = 256 << 20, 7 * 86400.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (seq INTEGER PRIMARY KEY, accepted REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cursors (output TEXT PRIMARY KEY, seq INTEGER NOT NULL);
"""
_PRUNE = 0.9  # of max_bytes is left when something has to go
_AGAIN = 1.0  # seconds until a disk that took nothing is tried again
_AT_ONCE = 1000  # alerts that go while nobody can append
_PAUSE = 0.002  # seconds until the next ones do
_LONGEST_LOG = 8192  # pages of 4 KiB, beyond which appending waits once until the log is empty
_LOG_KEPT = 4 << 20  # bytes of an empty log that stay


class Spool:
    """The database. Any thread may call it."""

    def __init__(self, path: str, log: Log, *, max_bytes: int = MAX_BYTES, max_age: float = MAX_AGE) -> None:
        """Opens or makes it. Raises PysysdigError if there cannot be one there."""
        self.path = path
        self._log = log
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._lock = threading.RLock()
        self._cursors: dict[str, Cursor] = {}
        self._extra: deque[tuple[int, bytes]] = deque()  # what the disk has not taken, newer than all that it has
        self._failing = False
        self._failed = 0.0  # when (monotonic)
        self._closed = False
        self.damaged = self.bytes = self._seq = 0
        try:
            os.makedirs(os.path.dirname(path) or ".", 0o700, exist_ok=True)
            self._owned = self._own()
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._put_aside(error)
        except (OSError, sqlite3.Error) as error:
            raise PysysdigError(f"spool {path}: {getattr(error, 'strerror', None) or error}") from None

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
            self._db, self._beside = (
                sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False) for _ in range(2)
            )
        finally:
            os.umask(before)
        settings = f"wal_autocheckpoint=0; PRAGMA synchronous=OFF; PRAGMA journal_size_limit={_LOG_KEPT};"
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA {settings} {_SCHEMA}")
        self._beside.execute("PRAGMA synchronous=NORMAL")
        if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        newest, size = self._db.execute("SELECT max(seq), total(length(body)) FROM alerts").fetchone()
        taken = self._db.execute("SELECT max(seq) FROM cursors").fetchone()[0]
        self.bytes = int(size)
        self._seq = max(newest or 0, taken or 0)

    def _put_aside(self, error: Exception) -> None:
        """A damaged database: another one is begun."""
        self.damaged += 1
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self._beside.close()
            self._db.close()
        aside = f"{self.path}.damaged-{int(time.time())}"
        os.replace(self.path, aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(self.path + suffix)
        self._log.critical(f"spool {self.path}: {error}; it is now {aside}, and a new one is begun")
        self._open()
        for cursor in self._cursors.values():
            cursor.seq = self._seq
            self._write_cursor(cursor)

    def cursor(self, name: str) -> Cursor:
        """The alerts that an output has to deliver; one that is new begins with those that come from now on."""
        with self._lock:
            found = self._db.execute("SELECT seq FROM cursors WHERE output = ?", (name,)).fetchone()
            cursor = Cursor(self, name, self._seq if found is None else int(found[0]))
            self._cursors[name] = cursor
            self._write_cursor(cursor)
            return cursor

    def forget(self, keep: Sequence[str]) -> None:
        """Outputs that there are no longer do not keep alerts from going."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            for (name,) in self._db.execute("SELECT output FROM cursors").fetchall():
                if name not in keep:
                    self._db.execute("DELETE FROM cursors WHERE output = ?", (name,))
                    self._cursors.pop(name, None)

    def append(self, items: Sequence[Item]) -> int:
        """Keep alerts for all outputs; they survive the process, if that is possible, when this returns. Returns the number of
        the last one."""
        with self._lock:
            self._append(items)
            return self._seq

    def _append(self, items: Sequence[Item]) -> None:
        now = time.time()
        for item in items:
            self._seq += 1
            self._extra.append((self._seq, _packed(item)))
        if self._failing and time.monotonic() < self._failed + _AGAIN:
            self._bound()
            return
        try:
            with self._db:
                self._db.execute("BEGIN")
                self._db.executemany("INSERT INTO alerts VALUES (?, ?, ?)", [(seq, now, body) for seq, body in self._extra])
        except sqlite3.Error as error:
            self._trouble(error)
            self._bound()
            return
        self.bytes += sum(len(body) for _, body in self._extra)
        self._extra.clear()
        if self._failing:
            self._failing = False
            self._log.notice(f"spool {self.path}: alerts are written again")
        if self.bytes > self._max_bytes:
            try:
                self._shrink()
            except sqlite3.Error as error:
                self._trouble(error)

    @property
    def fill(self) -> float:
        """How full it is, 0 to 1."""
        return self.bytes / self._max_bytes

    def look(self) -> None:
        """From time to time, beside those who append: what is delivered, or too old, goes, and the log is written into the
        database."""
        with self._lock:
            if self._extra:
                self.append([])  # the disk may have room again
        while self._look_at_some():
            time.sleep(_PAUSE)
        try:
            _, pages, written = self._beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages > _LONGEST_LOG and written < pages:  # it never gets empty, for there is always somebody who appends
                with self._lock:
                    self._beside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            with self._lock:
                self._trouble(error)

    def _look_at_some(self) -> bool:
        """Whether there may be more that has to go."""
        with self._lock:
            try:
                rows = self._db.execute("SELECT seq, accepted FROM alerts ORDER BY seq LIMIT ?", (_AT_ONCE,)).fetchall()
                taken = min((c.seq for c in self._cursors.values()), default=0)
                oldest = time.time() - self._max_age
                gone = [seq for seq, accepted in rows if seq <= taken or accepted < oldest]
                if gone:
                    self._remove(gone[-1])
            except sqlite3.Error as error:
                self._trouble(error)
                return False
            return len(gone) == _AT_ONCE

    def read(self, after: int, count: int) -> list[tuple[int, Item | None]]:
        """The first alerts after a number, with theirs; None: a damaged one."""
        with self._lock:
            if self._closed:
                return []
            try:
                rows = self._db.execute(
                    "SELECT seq, body FROM alerts WHERE seq > ? ORDER BY seq LIMIT ?", (after, count)
                ).fetchall()
            except sqlite3.Error as error:
                self._trouble(error)
                rows = []
            if len(rows) < count:
                rows += [row for row in self._extra if row[0] > after][: count - len(rows)]
        return [(seq, _unpacked(body)) for seq, body in rows]

    def advance(self, cursor: Cursor, seq: int) -> None:
        """An output has dealt with everything up to a number."""
        with self._lock:
            cursor.seq = max(cursor.seq, seq)
            if not self._closed:
                self._write_cursor(cursor)

    def pending(self, cursor: Cursor) -> int:
        """Alerts that an output has yet to deal with."""
        return max(self._seq - cursor.seq, 0)

    def close(self) -> None:
        """What is there stays for the next start."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._extra:
                self._failed = 0.0
                self.append([])
            if self._cursors:
                self._remove(min(c.seq for c in self._cursors.values()))
            self._closed = True
            self._beside.close()
            self._db.close()
        self._owned.close()

    def _write_cursor(self, cursor: Cursor) -> None:
        try:
            self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (cursor.name, cursor.seq))
        except sqlite3.Error as error:
            self._trouble(error)

    def _shrink(self) -> None:
        """The oldest go, until there is room."""
        left = self.bytes - int(self._max_bytes * _PRUNE)
        last = 0
        for seq, size in self._db.execute("SELECT seq, length(body) FROM alerts ORDER BY seq"):
            last, left = seq, left - size
            if left <= 0:
                break
        self._remove(last)

    def _remove(self, last: int) -> None:
        """All up to a number."""
        first, size = self._db.execute("SELECT min(seq), total(length(body)) FROM alerts WHERE seq <= ?", (last,)).fetchone()
        if first is None:
            return
        self._db.execute("DELETE FROM alerts WHERE seq <= ?", (last,))
        self.bytes -= int(size)
        for cursor in self._cursors.values():
            if cursor.seq < last:
                cursor.lost += last - max(cursor.seq, first - 1)
                cursor.seq = last
                self._write_cursor(cursor)

    def _bound(self) -> None:
        """No more than so many in memory: the oldest go."""
        while len(self._extra) > CAPACITY:
            seq, _ = self._extra.popleft()
            for cursor in self._cursors.values():
                cursor.lost += cursor.seq < seq

    def _trouble(self, error: sqlite3.Error) -> None:
        """Something that the database does not do: damaged ones are put aside, everything else is for the next time."""
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, (sqlite3.OperationalError, sqlite3.ProgrammingError, sqlite3.IntegrityError)
        ):
            try:
                self._put_aside(error)
                return
            except (OSError, sqlite3.Error) as worse:
                error = sqlite3.OperationalError(str(worse))
        self._failed = time.monotonic()
        if not self._failing:
            self._failing = True
            self._log.critical(f"spool {self.path}: {error}; alerts are kept in memory")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _packed(item: Item) -> bytes:
    alert, line = item
    try:
        packed: bytes = msgpack.packb([list(alert), line.encode("latin-1")], default=str, unicode_errors="surrogatepass")
    except (OverflowError, ValueError):  # a number or a nesting that msgpack does not know
        return _packed((alert._replace(fields={name: str(value) for name, value in alert.fields.items()}), line))
    return packed


def _unpacked(body: bytes) -> Item | None:
    try:
        values, line = msgpack.unpackb(body, unicode_errors="surrogatepass")
        values[4] = tuple(values[4])
        return Alert(*values), line.decode("latin-1")
    except (ValueError, TypeError, IndexError, AttributeError, msgpack.UnpackException):
        return None
