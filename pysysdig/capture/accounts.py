"""AccountWatch: users and groups that become known while the machine is captured, as events of the stream.

The host's are asked for when an id appears that has no name yet, and read again when /etc/passwd or /etc/group changes; those of
a container are read when a process appears in it, from the files below the process's root directory (as the reference does). All
of that may take long (network directories, file systems of others): threads do it, and events wait a little for the answers.
"""

from __future__ import annotations

import grp
import os
import pwd
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from pysysdig.capture import account_files
from pysysdig.capture.account_files import Entry
from pysysdig.capture.calls import PLANS
from pysysdig.capture.containers import CGROUPS, cgroup_items
from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import CURRENT, OLD, TYPES, load
from pysysdig.events.text import from_user
from pysysdig.state.cgroups import match_container
from pysysdig.state.containers import MAX_CONTAINERS
from pysysdig.state.snapshot import GroupEntry, Snapshot, UserEntry

_FILES = ("/etc/passwd", "/etc/group")
_PATIENCE = 0.5  # seconds that events wait for names
_FORGET = 60.0  # seconds after which an id without a name is asked for again
_MAX_IDS = 64  # asked for in one batch
_MAX_PROCESSES = 4  # of a container that are tried in one batch
_MAX_ENTRIES = 200_000  # of all containers
_MAX_ROOTS = 4096
_MAX_NAMELESS = 1 << 16
_MAX_THREADS = 4
_UNSET = 0xFFFFFFFF

_CHROOT_X = TYPES["SYSCALL_CHROOT_X"]
_USERS = ("uid", "euid", "ruid", "suid", "loginuid")
_GROUPS = ("gid", "egid", "rgid", "sgid")


def _id_params() -> dict[int, list[tuple[int, str, bool]]]:
    """Event type -> (index, parameter type, whether it is a user) of its parameters that are ids."""
    out: dict[int, list[tuple[int, str, bool]]] = {}
    table, current = load(OLD), load(CURRENT)
    for type_ in {t for plan in PLANS.values() for t in (plan.enter_type, plan.exit_type)}:
        params = max(table[type_].params, current[type_].params, key=len)  # those of enter events come last in exit events
        found = [
            (i, p.type, p.name in _USERS)
            for i, p in enumerate(params)
            if p.name in _USERS + _GROUPS and p.type in ("UID", "GID", "UINT32")
        ]
        if found:
            out[type_] = found
    return out


_IDS = _id_params()


class _Answer(NamedTuple):
    """What has become known of a container ("": the host); `complete`: others are no longer there. No entries: as the host."""

    container: str
    entries: list[Entry] | None
    complete: bool


class AccountWatch:
    """snapshot: what is known at the start."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._known: dict[str, dict[tuple[bool, int], Entry]] = {"": {_key(e): e for e in snapshot.accounts}}
        self._total = 0
        self._files = _changes()
        self._nameless: dict[tuple[bool, int], float] = {}  # when they were asked for
        self._signatures: dict[str, account_files.Signature] = {}
        self._containers: dict[bytes, frozenset[str]] = {}  # by the cgroups
        self._members: dict[int, frozenset[str]] = {}  # containers of threads
        self._roots: dict[int, str] = {}  # where threads have changed their root directory to
        self._answers: deque[_Answer] = deque()
        self._pool = _Pool()
        self._shared: set[str] = set()  # containers that have the host's files
        running: dict[str, list[int]] = {}
        within: dict[tuple[str, ...], list[int]] = {}
        for process in snapshot.processes:
            if process.tid == process.pid:
                within.setdefault(tuple(process.cgroups), []).append(process.tid)
        for cgroups, tids in within.items():
            for container in _ids(cgroups):
                running.setdefault(container, []).extend(tids)
        for container, tids in running.items():
            self._ask_container(container, tids, True)

    def look(self, batch: EventBatch) -> list[bytes]:
        """Events that tell of accounts, to come before a batch. Waits a little for what the batch gives reason to ask."""
        missing: set[tuple[bool, int]] = set()
        moved: dict[str, dict[int, None]] = {}  # containers, and their processes with what may be another root directory
        for type_ in batch.types():
            if type_ in _IDS:
                self._see_ids(batch, type_, missing)
            if type_ in CGROUPS:
                self._see_containers(batch, type_, moved)
        if _CHROOT_X in batch.types():
            self._see_roots(batch, moved)
        for container, tids in moved.items():
            self._ask_container(container, list(tids))
        changes = _changes()
        if changes != self._files:
            self._files = changes
            self._nameless.clear()
            self._pool.ask(self._read_host)
        elif missing:
            self._pool.ask(partial(self._name, sorted(missing)[:_MAX_IDS]))
        self._pool.settle(_PATIENCE)
        return self.told(int(batch.ts[0]) if len(batch) else 0)

    def told(self, ts: int) -> list[bytes]:
        """Events about what has become known since, with this time."""
        out: list[bytes] = []
        while self._answers:
            out += self._events(self._answers.popleft(), ts)
        return out

    def close(self) -> None:
        """End the threads; one that waits for an answer ends by itself."""
        self._pool.close()

    # what a batch shows

    def _see_ids(self, batch: EventBatch, type_: int, missing: set[tuple[bool, int]]) -> None:
        known, now = self._known[""], time.monotonic()
        spans = batch.spans(type_, batch.positions(type_))
        for index, kind, user in _IDS[type_]:
            values, valid = batch.fixed(spans, index, kind)
            for number in set(values[valid].tolist()):
                key = user, number & _UNSET
                if key not in known and key[1] != _UNSET and now - self._nameless.get(key, -_FORGET) >= _FORGET:
                    missing.add(key)

    def _see_containers(self, batch: EventBatch, type_: int, moved: dict[str, dict[int, None]]) -> None:
        positions = batch.positions(type_)
        for data, tid in zip(batch.raw(batch.spans(type_, positions), CGROUPS[type_]), batch.tid[positions].tolist()):
            found = self._of_cgroups(data) if data else frozenset()
            for container in found - self._shared:
                moved.setdefault(container, {})[tid] = None
                if len(self._members) >= _MAX_ROOTS:
                    self._members.clear()
                self._members[tid] = found

    def _see_roots(self, batch: EventBatch, moved: dict[str, dict[int, None]]) -> None:
        positions = batch.positions(_CHROOT_X)
        spans = batch.spans(_CHROOT_X, positions)
        results, _ = batch.fixed(spans, 0, "ERRNO")
        for result, path, tid in zip(results.tolist(), batch.texts(spans, 1), batch.tid[positions].tolist()):
            if result == 0 and path and path.startswith("/"):
                if len(self._roots) >= _MAX_ROOTS:
                    self._roots.clear()
                self._roots[tid] = path
                for container in self._members.get(tid, ()):
                    moved.setdefault(container, {})[tid] = None

    def _of_cgroups(self, data: bytes) -> frozenset[str]:
        known = self._containers.get(data)
        if known is None:
            if len(self._containers) >= MAX_CONTAINERS:
                self._containers.clear()
            known = self._containers[data] = _ids(cgroup_items(data))
        return known

    def _ask_container(self, container: str, tids: list[int], at_start: bool = False) -> None:
        if container in self._shared or (container not in self._signatures and len(self._signatures) >= MAX_CONTAINERS):
            return
        latest = tids[: -_MAX_PROCESSES - 1 : -1]
        places = [f"/proc/{tid}/root" for tid in latest] + [self._roots[tid] for tid in latest if tid in self._roots]
        self._pool.ask(partial(self._read_container, container, places, at_start))

    # in threads

    def _read_host(self) -> None:
        self._answers.append(_Answer("", host_accounts(), True))

    def _name(self, ids: Iterable[tuple[bool, int]]) -> None:
        found: list[Entry] = []
        if len(self._nameless) > _MAX_NAMELESS:
            self._nameless.clear()
        for user, number in ids:
            with suppress(KeyError, OverflowError, OSError):
                found.append(_user(pwd.getpwuid(number)) if user else _group(grp.getgrgid(number)))
            self._nameless[user, number] = time.monotonic()
        self._answers.append(_Answer("", found, False))

    def _read_container(self, container: str, places: list[str], at_start: bool) -> None:
        """From the first of the root directories that is there and is not the host's. at_start: if all are the host's, the
        container has the host's accounts. (Later that may only mean that it is still being set up.)"""
        found = 0
        for place in places:
            root = account_files.open_root(place)
            if root is None:
                continue
            found += 1
            try:
                if account_files.is_host(root):
                    continue
                signature, entries = account_files.read(root, self._signatures.get(container))
            finally:
                os.close(root)
            if entries is not None:
                self._signatures[container] = signature
                self._answers.append(_Answer(container, entries, True))
            return
        if at_start and found:
            self._answers.append(_Answer(container, None, True))

    # what comes of it

    def _events(self, answer: _Answer, ts: int) -> list[bytes]:
        if answer.entries is None:
            self._shared.add(answer.container)
            return self._changed(answer.container, list(self._known[""].values()), True, ts)
        out = self._changed(answer.container, answer.entries, answer.complete, ts)
        if not answer.container:
            for container in self._shared:
                out += self._changed(container, answer.entries, answer.complete, ts)
        return out

    def _changed(self, container: str, entries: list[Entry], complete: bool, ts: int) -> list[bytes]:
        """Events for what is new, has changed or is gone."""
        known = self._known.setdefault(container, {})
        now = {_key(e): e for e in entries}
        gone = [e for key, e in known.items() if key not in now] if complete else []
        new = [e for key, e in now.items() if known.get(key) is None or _texts(known[key]) != _texts(e)]
        if container:
            new = new[: max(_MAX_ENTRIES - self._total, 0)]
            self._total += sum(_key(e) not in known for e in new) - len(gone)
        for entry in gone:
            del known[_key(entry)]
        known.update((_key(e), e) for e in new)
        return [_event(e, container, ts, added=False) for e in gone] + [_event(e, container, ts, added=True) for e in new]


class _Pool:
    """A few threads that do what may take long. There is none before there is something to do, and one more while all hang."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._late = False  # the last wait was in vain: the next is not made before all is done
        self._closed = False

    def ask(self, question: Callable[[], None]) -> None:
        """Have something done. What cannot be done because too much hangs is left out."""
        with self._changed:
            if self._closed or len(self._waiting) >= MAX_CONTAINERS:
                return
            self._waiting.append(question)
            self._changed.notify()
            if self._busy == len(self._threads) < _MAX_THREADS:
                self._busy += 1
                thread = threading.Thread(target=self._run, name="pysysdig-accounts", daemon=True)
                self._threads.append(thread)
                thread.start()

    def settle(self, seconds: float) -> None:
        """Wait until everything so far is done, but not longer than this."""
        with self._changed:
            if not self._waiting and not self._busy:
                self._late = False
            elif not self._late:
                self._late = not self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def close(self) -> None:
        """No more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                question = self._waiting.popleft()
                self._busy += 1
            with suppress(OSError):
                question()


def host_accounts() -> list[Entry]:
    """All users and groups that the system's databases list."""
    return [*map(_user, pwd.getpwall()), *map(_group, grp.getgrall())]


def _user(u: pwd.struct_passwd) -> UserEntry:
    return UserEntry(u.pw_uid, u.pw_gid, from_user(u.pw_name), from_user(u.pw_dir), from_user(u.pw_shell))


def _group(g: grp.struct_group) -> GroupEntry:
    return GroupEntry(g.gr_gid, from_user(g.gr_name))


def _ids(cgroups: Sequence[str]) -> frozenset[str]:
    """The container that these cgroups are of, as events of either generation name it."""
    found = [match_container(cgroups, generation, live=True) for generation in (OLD, CURRENT)]
    return frozenset(match.id for match in found if match is not None)


def _key(entry: Entry) -> tuple[bool, int]:
    return (True, entry.uid) if isinstance(entry, UserEntry) else (False, entry.gid)


def _texts(entry: Entry) -> tuple[object, ...]:
    if isinstance(entry, UserEntry):
        return entry.uid, entry.gid, entry.name, entry.home, entry.shell
    return entry.gid, entry.name


def _changes() -> tuple[tuple[int, int, int] | None, ...]:
    """What tells whether the host's files are the ones that were read."""

    def look(path: str) -> tuple[int, int, int] | None:
        try:
            s = os.stat(path)
        except OSError:
            return None
        return s.st_ino, s.st_ctime_ns, s.st_size

    return tuple(map(look, _FILES))


def _event(entry: Entry, container: str, ts: int, added: bool) -> bytes:
    texts = [text.encode("latin-1") + b"\0" for text in (*_texts(entry), container) if isinstance(text, str)]
    if isinstance(entry, UserEntry):
        numbers = [entry.uid.to_bytes(4, "little"), entry.gid.to_bytes(4, "little")]
        return encode(ts, -1, TYPES["USER_ADDED_E" if added else "USER_DELETED_E"], [*numbers, *texts])
    return encode(ts, -1, TYPES["GROUP_ADDED_E" if added else "GROUP_DELETED_E"], [entry.gid.to_bytes(4, "little"), *texts])
