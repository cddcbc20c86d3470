"""Alerts on disk until every output has taken them: an SQLite database in WAL mode.

Each alert is stored once; each output has a cursor, the number of the last alert that it has dealt with. So an alert that was
accepted survives the end of the process, however it comes, is delivered at least once, and in order. (What a loss of power takes
are the last moments.) What is too much (`max_bytes`) or too old (`max_age`) goes, the oldest first, and is counted for each
output that had not taken it. An output that the configuration does not name any more keeps its alerts for a day: it may have
been a mistake, or a trial.

Who appends never waits for the disk: the log is synced and written into the database beside (`look`, in a thread of its own),
through another connection, and what is too much goes in steps there, before who appends has to make room. While the disk takes
nothing alerts are kept in memory; a database that is damaged is put aside, and another one begun (spool_file.py).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError, reason
from pysysdig.service.cursors import Cursor
from pysysdig.service.lane import CAPACITY, Item
from pysysdig.service.packed import packed, unpacked
from pysysdig.service.spool_file import SpoolFile

if TYPE_CHECKING:
    from pysysdig.service.log import Log

MAX_BYTES, MAX_AGE = 256 << 20, 7 * 86400.0
_FULL = 0.9  # of max_bytes: what is more goes beside, so that who appends finds room
_GRACE = 86400.0  # seconds for which an output that is not named any more keeps its alerts
_AGAIN = 1.0  # seconds until a disk that took nothing is tried again
_AT_ONCE = 1000  # alerts that go while nobody can append
_PAUSE = 0.002  # seconds until the next ones do
_LONGEST_LOG = 8192  # pages of 4 KiB, beyond which appending waits once until the log is empty


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
        try:
            self._file = SpoolFile(path)
        except (OSError, sqlite3.Error) as error:
            raise PysysdigError(f"spool {path}: {reason(error)}") from None
        if self._file.damaged:
            self._begun_anew(sqlite3.DatabaseError("damaged"))
        self._seq = self._file.newest

    @property
    def bytes(self) -> int:
        """Of the alerts on disk."""
        return self._file.bytes

    @property
    def damaged(self) -> int:
        """How often a damaged database was put aside."""
        return self._file.damaged

    def _begun_anew(self, error: Exception) -> None:
        """The database was damaged: that is told."""
        self._log.critical(f"spool {self.path}: {error}; it is now {self._file.aside}, and a new one is begun")

    def cursor(self, name: str) -> Cursor:
        """The alerts that an output has to deliver; one that is new begins with those that come from now on."""
        with self._lock:
            found = self._file.db.execute("SELECT seq FROM cursors WHERE output = ?", (name,)).fetchone()
            cursor = Cursor(self, name, self._seq if found is None else int(found[0]))
            if found is not None:
                oldest = self._file.db.execute("SELECT min(seq) FROM alerts").fetchone()[0]
                cursor.lost = max((oldest or (self._extra[0][0] if self._extra else self._seq + 1)) - 1 - cursor.seq, 0)
                cursor.seq += cursor.lost
            self._cursors[name] = cursor
            self._begin_cursor(cursor)
            return cursor

    def retire(self, keep: Sequence[str]) -> None:
        """Outputs that there are no longer: what waits for them waits for a while yet, and does not keep anything from going
        after that."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            for (name,) in self._file.db.execute("SELECT output FROM cursors").fetchall():
                if name not in keep:
                    self._file.db.execute("INSERT OR IGNORE INTO retired VALUES (?, ?)", (name, time.time()))
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
            self._extra.append((self._seq, packed(item)))
        if self._failing and time.monotonic() < self._failed + _AGAIN:
            self._bound()
            return
        try:
            with self._file.db:
                self._file.db.execute("BEGIN")
                self._file.db.executemany("INSERT INTO alerts VALUES (?, ?, ?)", [(seq, now, body) for seq, body in self._extra])
        except sqlite3.Error as error:
            self._trouble(error)
            self._bound()
            return
        self._file.bytes += sum(len(body) for _, body in self._extra)
        self._extra.clear()
        if self._failing:
            self._failing = False
            self._log.notice(f"spool {self.path}: alerts are written again")
        if self.bytes > self._max_bytes:
            try:
                self._make_room()
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
            _, pages, written = self._file.beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages > _LONGEST_LOG and written < pages:  # it never gets empty, for there is always somebody who appends
                with self._lock:
                    self._file.beside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            with self._lock:
                self._trouble(error)

    def _look_at_some(self) -> bool:
        """Whether there may be more that has to go."""
        with self._lock:
            try:
                self._forget()
                rows = self._file.db.execute(
                    "SELECT seq, accepted, length(body) FROM alerts ORDER BY seq LIMIT ?", (_AT_ONCE,)
                ).fetchall()
                taken = self._taken()
                oldest = time.time() - self._max_age
                excess = self.bytes - self._max_bytes * _FULL
                gone = []
                for seq, accepted, size in rows:
                    if seq <= taken or accepted < oldest or excess > 0:
                        gone.append(seq)
                    excess -= size
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
                rows = self._file.db.execute(
                    "SELECT seq, body FROM alerts WHERE seq > ? ORDER BY seq LIMIT ?", (after, count)
                ).fetchall()
            except sqlite3.Error as error:
                self._trouble(error)
                rows = []
            if len(rows) < count:
                rows += [row for row in self._extra if row[0] > after][: count - len(rows)]
        return [(seq, unpacked(body)) for seq, body in rows]

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
            self._remove(self._taken())
            self._closed = True
        self._file.close()

    def _begin_cursor(self, cursor: Cursor) -> None:
        try:
            self._file.db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (cursor.name, cursor.seq))
            self._file.db.execute("DELETE FROM retired WHERE output = ?", (cursor.name,))
        except sqlite3.Error as error:
            self._trouble(error)

    def _write_cursor(self, cursor: Cursor) -> None:
        try:
            self._file.db.execute("UPDATE cursors SET seq = ? WHERE output = ?", (cursor.seq, cursor.name))
        except sqlite3.Error as error:
            self._trouble(error)

    def _forget(self) -> None:
        """Outputs that have been gone for long."""
        late = "SELECT output FROM retired WHERE since < ?"
        for (name,) in self._file.db.execute(late, (time.time() - _GRACE,)).fetchall():
            for table in ("cursors", "retired"):
                self._file.db.execute(f"DELETE FROM {table} WHERE output = ?", (name,))

    def _taken(self) -> int:
        """The number up to which all outputs have dealt with the alerts."""
        found = self._file.db.execute("SELECT min(seq) FROM cursors").fetchone()[0]
        return int(found or 0)

    def _make_room(self) -> None:
        """The oldest go, as many as have to: what has just come may be all that is too much."""
        over = self.bytes - self._max_bytes
        last = 0
        for seq, size in self._file.db.execute("SELECT seq, length(body) FROM alerts ORDER BY seq"):
            last, over = seq, over - size
            if over <= 0:
                break
        self._remove(last)

    def _remove(self, last: int) -> None:
        """All up to a number."""
        first, size = self._file.db.execute("SELECT min(seq), total(length(body)) FROM alerts WHERE seq <= ?", (last,)).fetchone()
        if first is None:
            return
        self._file.db.execute("DELETE FROM alerts WHERE seq <= ?", (last,))
        self._file.bytes -= int(size)
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
                self._file.put_aside()
                self._begun_anew(error)
                gone = self._extra[0][0] - 1 if self._extra else self._seq
                for cursor in self._cursors.values():
                    cursor.lost += max(gone - cursor.seq, 0)
                    cursor.seq = max(gone, cursor.seq)
                    self._begin_cursor(cursor)
                return
            except (OSError, sqlite3.Error) as worse:
                error = sqlite3.OperationalError(str(worse))
        self._failed = time.monotonic()
        if not self._failing:
            self._failing = True
            self._log.critical(f"spool {self.path}: {error}; alerts are kept in memory")
