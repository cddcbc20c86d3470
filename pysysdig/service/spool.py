"""Alerts on disk until every network output has taken them: an SQLite database in WAL mode.

Each alert is stored once; each output has a cursor, the number of the last alert that it has dealt with. So an alert that was
accepted survives the end of the process, however it comes, is delivered at least once, and in order. (What a loss of power takes
are the last moments: nothing is synced.) What is too much (`max_bytes`) or too old (`max_age`) goes, the oldest first, and is
counted for each output that had not taken it.

While the disk takes nothing alerts are kept in memory; a database that is damaged is put aside, and another one begun.
"""

from __future__ import annotations

import contextlib
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
_EVERY = 5.0  # seconds between two looks for what is delivered or too old


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
        self._failed = self._looked = 0.0  # when (monotonic)
        self._closed = False
        self.damaged = self.bytes = self._seq = 0
        try:
            os.makedirs(os.path.dirname(path) or ".", 0o700, exist_ok=True)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._put_aside(error)
        except (OSError, sqlite3.Error) as error:
            raise PysysdigError(f"spool {path}: {error}") from None

    def _open(self) -> None:
        before = os.umask(0o077)
        try:
            self._db = sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False)
        finally:
            os.umask(before)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
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

    def append(self, items: Sequence[Item]) -> None:
        """Keep alerts for all outputs; they are on disk, if that is possible, when this returns."""
        now = time.time()
        with self._lock:
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
        """From time to time: what is delivered, or too old, goes."""
        if time.monotonic() < self._looked + _EVERY:
            return
        self._looked = time.monotonic()
        with self._lock:
            if self._extra:
                self.append([])  # the disk may have room again
            try:
                old = self._db.execute(
                    "SELECT max(seq) FROM alerts WHERE accepted < ?", (time.time() - self._max_age,)
                ).fetchone()
                if old[0] is not None:
                    self._remove(int(old[0]))
                if self._cursors:
                    self._remove(min(c.seq for c in self._cursors.values()))
            except sqlite3.Error as error:
                self._trouble(error)

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
            self._db.close()

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


class Cursor:
    """The alerts of a spool that an output has yet to deliver: the store of its lane.

    seq    the number of the last one that it has dealt with
    lost   how many went before it could take them
    """

    def __init__(self, spool: Spool, name: str, seq: int) -> None:
        self.name = name
        self.seq = seq
        self.lost = 0
        self._spool = spool
        self._given: list[int] = []

    def put(self, items: Sequence[Item]) -> int:
        """They are in the spool already."""
        return 0

    def peek(self, count: int) -> list[Item]:
        while True:
            found = self._spool.read(self.seq, count)
            good = [(seq, item) for seq, item in found if item is not None]
            if good or not found:
                self._given = [seq for seq, _ in good]
                return [item for _, item in good]
            self.lost += len(found)
            self._spool.advance(self, found[-1][0])

    def done(self, count: int) -> None:
        if count:
            self._spool.advance(self, self._given[count - 1])

    @property
    def fill(self) -> float:
        return self._spool.fill if len(self) else 0.0

    def __len__(self) -> int:
        return self._spool.pending(self)


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
