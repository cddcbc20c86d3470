"""Accounts that become known while the machine is captured: AccountWatch by itself, and in a live run."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from pysysdig.capture import account_files, accounts, live, procfs
from pysysdig.capture.accounts import AccountWatch
from pysysdig.capture.live import LiveCapture
from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import OLD, TYPES
from pysysdig.state.inspector import Inspector
from pysysdig.state.snapshot import GroupEntry, InterfaceEntry, Snapshot, UserEntry

CONTAINER = "ab" * 32


def _read(root: Path) -> list[tuple[int, str]] | None:
    fd = account_files.open_root(str(root))
    assert fd is not None
    try:
        entries = account_files.read(fd)[1]
    finally:
        os.close(fd)
    if entries is None:
        return None
    return [(e.uid if isinstance(e, UserEntry) else e.gid, e.name) for e in entries]


def _root(path: Path, passwd: str, group: str = "") -> Path:
    (path / "etc").mkdir(parents=True)
    (path / "etc/passwd").write_text(passwd)
    (path / "etc/group").write_text(group)
    return path


def test_files_are_read_as_the_c_library_does(tmp_path: Path) -> None:
    passwd = (
        "root:x:0:0::/root:/bin/sh\nsecond:x:0:0::/:/\n# x\n\n:x:1:1:::\nno:x:-1:0:::\nfew:x:3:3\nbig:x:4294967295:0:::\n"
        "last:x:7:8:::"
    )
    root = _root(tmp_path / "a", passwd, "wheel:x:10:root\nbad:x:y:\n")
    assert _read(root) == [(0, "root"), (7, "last"), (10, "wheel")]


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    outside = tmp_path / "passwd"
    outside.write_text("secret:x:5:5:::\n")
    root = _root(tmp_path / "a", "", "")
    passwd = root / "etc/passwd"
    for target in (str(outside), "../../passwd", f"/proc/self/root{outside}", f"/../..{outside}"):
        passwd.unlink()
        passwd.symlink_to(target)
        assert not _read(root), target
    (root / "real").write_text("inside:x:5:5:::\n")
    passwd.unlink()
    passwd.symlink_to("/real")  # absolute: below the root directory
    assert _read(root) == [(5, "inside")]


def test_only_regular_files_are_read_and_not_without_end(tmp_path: Path) -> None:
    root = _root(tmp_path / "a", "", "")
    passwd = root / "etc/passwd"
    passwd.unlink()
    os.mkfifo(passwd)  # would be waited for
    assert _read(root) == []
    passwd.unlink()
    passwd.mkdir()
    assert _read(root) == []
    passwd.rmdir()
    passwd.write_text("".join(f"u{i}:x:{i}:1::/:/\n" for i in range(3 * account_files.MAX_ENTRIES)) + "x" * (2 << 20))
    assert len(_read(root) or ()) == account_files.MAX_ENTRIES


def _execve(uid: int, cgroups: bytes, tid: int) -> EventBatch:
    """A batch with one exit of execve."""
    params = [b"\0" * 8] * 27
    for i in (1, 2, 6, 13, 15):
        params[i] = b"\0"
    for i in (16, 18, 19, 26):
        params[i] = b"\0\0\0\0"
    params[14] = cgroups
    params[18] = b"\xff" * 4
    params[26] = uid.to_bytes(4, "little")
    return EventBatch.of_encoded([encode(1, tid, TYPES["SYSCALL_EXECVE_19_X"], params)])


def _known(inspector: Inspector, told: list[bytes]) -> None:
    if told:
        inspector.process(EventBatch.of_encoded(told, hidden=True))


def _host(monkeypatch: pytest.MonkeyPatch, users: dict[int, str]) -> None:
    """A machine with these users, and groups of the same names."""

    def lists() -> list[UserEntry | GroupEntry]:
        return [*(UserEntry(u, u, n, "", "") for u, n in users.items()), *(GroupEntry(u, n) for u, n in users.items())]

    monkeypatch.setattr(accounts, "host_accounts", lists)
    struct = pwd.struct_passwd
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: struct((users[uid], "", uid, uid, "", "", "")))


def test_who_comes_goes_and_changes_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    users = {0: "root", 1: "one"}
    _host(monkeypatch, users)
    changes = [0]
    monkeypatch.setattr(accounts, "_changes", lambda: changes[0])
    snapshot = Snapshot()
    snapshot.accounts = accounts.host_accounts()
    watch, inspector = AccountWatch(snapshot), Inspector(snapshot, OLD)

    def look(uid: int) -> str | None:
        _known(inspector, watch.look(_execve(uid, b"cpu=/\0", 10)))
        user = inspector.accounts.user(uid)
        return user.name if user else None

    assert look(1) == "one" and look(2) is None
    users[3] = "three"
    assert look(3) == "three"  # nothing has changed in the files: a directory service knows it
    users[2] = "two"
    assert look(2) is None  # it was asked for a moment ago
    changes[0] += 1
    users[1] = "other"
    del users[3]
    assert [look(i) for i in range(4)] == ["root", "other", "two", None]
    assert inspector.accounts.group(2).name == "two"  # type: ignore[union-attr]
    watch.close()


def test_a_container_has_accounts_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = _root(tmp_path / "a", "app:x:70007:70007:::\nold:x:70008:8:::\n", "grp:x:70007:\n")
    monkeypatch.setattr(account_files, "open_root", lambda path: os.open(root, os.O_PATH))
    watch, inspector = AccountWatch(Snapshot()), Inspector(Snapshot(), OLD)
    batch = _execve(70007, f"cpuset=/\0memory=/docker/{CONTAINER}\0".encode(), 10)

    def names() -> list[str | None]:
        _known(inspector, watch.look(batch))
        found = [inspector.accounts.user(uid, CONTAINER[:12]) for uid in (70007, 70008, 70009)]
        return [user.name if user else None for user in found]

    assert names() == ["app", "old", None]
    assert inspector.accounts.group(70007, CONTAINER[:12]).name == "grp"  # type: ignore[union-attr]
    assert inspector.accounts.user(70007) is None
    (root / "etc/passwd").write_text("app:x:70007:70007:::\nlate:x:70009:9:::\n")
    assert names() == ["app", None, "late"]
    watch.close()


def test_who_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hang = threading.Event()
    monkeypatch.setattr(accounts, "_PATIENCE", 0.2)

    def getpwuid(uid: int) -> None:
        hang.wait(60)
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    monkeypatch.setattr(accounts, "_FORGET", -1.0)  # asked for every time
    waits: list[float] = []
    pool_settle = accounts._Pool.settle

    def settle(pool: accounts._Pool, seconds: float) -> None:
        waits.append(0.0 if pool._late else seconds)
        pool_settle(pool, seconds)

    monkeypatch.setattr(accounts._Pool, "settle", settle)
    watch = AccountWatch(Snapshot())
    for _ in range(20):
        assert watch.look(_execve(77, b"", 10)) == []
    assert sum(w > 0 for w in waits) == 1
    assert len(watch._pool._threads) <= 4
    hang.set()
    watch.close()


@pytest.mark.live
def test_addresses_that_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's interfaces are called on is read again while it is captured."""
    snapshot_of = procfs.scan
    address = bytes((192, 0, 2, 1))

    def without_any(_iterators: object) -> Snapshot:
        snapshot = snapshot_of()
        snapshot.interfaces = []
        return snapshot

    monkeypatch.setattr(procfs, "scan", without_any)
    monkeypatch.setattr(live, "interfaces", lambda: [InterfaceEntry("test0", address, b"\xff" * 4, bytes(4))])
    with LiveCapture(wanted=set()) as capture:
        inspector = Inspector(capture.snapshot, capture.generation)
        assert inspector.interfaces.infer(bytes((192, 0, 2, 9))) == bytes(4)
        for _ in capture.batches(120, pulse=0.1):
            if capture.snapshot.interfaces:
                capture.stop()
    assert inspector.interfaces.infer(bytes((192, 0, 2, 9))) == address


@pytest.mark.live
def test_chroot_of_a_container_that_is_gone_already(tmp_path: Path) -> None:
    """Live, with the whole way: cgroup, mount namespace, chroot, another user, and the end, within milliseconds."""
    base = next((p for p in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")) if (p / "cgroup.procs").exists()), None)
    if os.geteuid() or base is None:
        pytest.skip("takes root and cgroups")
    ident = os.urandom(32).hex()
    group = base / "docker" / ident
    try:
        group.mkdir(parents=True)
    except OSError as e:
        pytest.skip(f"no cgroup can be made: {e}")
    tmp_path.chmod(0o755)
    root = _root(tmp_path / "root", "appuser:x:4242:4242::/:/\n", "appgrp:x:4242:\n")
    script = (
        "import os, sys\n"
        "open(sys.argv[1], 'w').write(str(os.getpid()))\n"
        "os.execv(sys.executable, [sys.executable, '-S', '-E', '-c', '''import os, sys\n"
        "os.chroot(sys.argv[1]); os.setresgid(4242, 4242, 4242); os.setresuid(4242, 4242, 4242)\n"
        "os.path.exists('/marked-by-test')''', sys.argv[2]])\n"
    )
    found: set[tuple[str, str, str]] = set()
    try:
        with LiveCapture() as capture:
            inspector = Inspector(capture.snapshot, capture.generation)
            child = subprocess.Popen([sys.executable, "-S", "-E", "-c", script, str(group / "cgroup.procs"), str(root)])
            for batch in capture.batches(60):
                ended = child.poll() is not None
                view = inspector.process(batch)
                for t in (view.threads.rows[r] for r in np.unique(view.thread).tolist() if r >= 0):
                    if t.pid == child.pid and t.uid == 4242:
                        user = inspector.accounts.user(t.uid, t.container_id)
                        its = inspector.accounts.group(t.gid, t.container_id)
                        found.add((t.container_id, user.name if user else "", its.name if its else ""))
                if ended:
                    capture.stop()
    finally:
        for _ in range(100):  # until its process is gone from there
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.05)
    assert child.returncode == 0
    assert found == {(ident[:12], "appuser", "appgrp")}
