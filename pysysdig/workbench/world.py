"""The machine of a synthetic test: its accounts, containers and processes, and what each process is while the events go by."""

from __future__ import annotations

from pysysdig.events.text import from_user
from pysysdig.rules.yamldoc import MAPPING, Node
from pysysdig.state.build import fd, process, snapshot, user
from pysysdig.state.snapshot import (
    FD_IPV4_SOCK,
    FD_IPV6_SOCK,
    FdEntry,
    GroupEntry,
    ProcessEntry,
    Snapshot,
    UserEntry,
)
from pysysdig.workbench.arguments import address_pair
from pysysdig.workbench.container import Container, read_container
from pysysdig.workbench.reading import Place

COMM = 15  # bytes of a process name that the kernel keeps
_MACHINE = ("hostname", "users", "groups", "containers", "processes", "dns")  # dns: see files
_PROCESS = (
    "parent", "exe", "args", "user", "group", "tty", "cwd", "env", "container", "loginuid", "comm", "argv0", "pid", "vpid", "sid",
    "started", "fds", "exe_upper_layer", "exe_writable", "exe_from_memfd", "capabilities",
)  # fmt: skip
_EXE_FLAGS = {"exe_writable": 1, "exe_upper_layer": 2, "exe_from_memfd": 4}  # execve_flags
_NO_LOGIN = 0xFFFFFFFF
_TCP = 2  # FdEntry.l4
_U32 = 1 << 32
_MOST_PID = 1 << 31


class Thread:
    """A process as it is now. Texts are byte text."""

    __slots__ = (
        "args", "caps", "comm", "container", "cwd", "described", "env", "exe", "exe_flags", "exepath", "fds", "gid", "loginuid",
        "lowest", "parent", "sid", "started", "tid", "tty", "uid", "vpid",
    )  # fmt: skip

    def __init__(self, tid: int, parent: int) -> None:
        self.tid = self.vpid = self.sid = tid
        self.parent = parent
        self.comm = self.exe = self.exepath = ""
        self.args: list[str] = []
        self.env: list[str] = []
        self.cwd = "/"
        self.uid = self.gid = self.tty = 0
        self.loginuid = _NO_LOGIN
        self.container: Container | None = None
        self.fds = {0, 1, 2}
        self.lowest = 3  # no lower descriptor is free
        self.described: list[FdEntry] = []  # what is known of them beforehand
        self.exe_flags = 0
        self.caps = 0
        self.started: int | None = None  # ns before the first event; None: nobody knows

    def run(self, exe: str, args: list[str]) -> None:
        """It runs another program now."""
        self.exe = self.exepath = exe
        self.args = args
        self.comm = exe.rpartition("/")[2][:COMM]

    def child(self, tid: int) -> Thread:
        """A copy of it as fork makes one."""
        new = Thread(tid, self.tid)
        for name in ("comm", "exe", "exepath", "cwd", "uid", "gid", "tty", "loginuid", "container", "sid", "exe_flags", "caps"):
            setattr(new, name, getattr(self, name))
        new.args, new.env, new.fds = list(self.args), list(self.env), set(self.fds)
        return new

    @property
    def cgroups(self) -> list[str]:
        """Its control groups."""
        return self.container.cgroups if self.container is not None else ["cpu=/"]

    def descriptor(self) -> int:
        """The lowest number that is free, taken."""
        while self.lowest in self.fds:
            self.lowest += 1
        self.fds.add(self.lowest)
        return self.lowest


class World:
    """What is known of the machine: its accounts (containers have the same), containers, and processes by name."""

    def __init__(self, place: Place, machine: Node | None) -> None:
        """Raises TestFileError."""
        self._place = place
        entries = place.mapping(machine, "machine", _MACHINE) if machine is not None else {}
        self._users: dict[str, int] = {"root": 0}
        self._groups: dict[str, int] = {"root": 0}
        self.accounts: list[UserEntry | GroupEntry] = [user(0, "root"), GroupEntry(0, "root")]
        self._hostname = place.byte_text(entries["hostname"], "hostname") if "hostname" in entries else "testhost"
        self.containers: dict[str, Container] = {}
        self.threads: dict[str, Thread] = {}
        self._next = 1
        self._taken: set[int] = set()  # numbers of processes
        self._new("systemd").run("/usr/lib/systemd/systemd", [])
        self._read_accounts(entries)
        if "containers" in entries:
            for name, node in place.entries(entries["containers"], "containers").items():
                self.containers[name] = read_container(place, name, node)
        if "processes" in entries:
            for name, node in place.entries(entries["processes"], "processes").items():
                self._process(name, node)
        self._listed = [_entry(thread) for thread in self.threads.values() if thread.started is None]

    def snapshot(self) -> Snapshot:
        """What a capture says before its first event."""
        out = snapshot(*self._listed, accounts=self.accounts)
        out.hostname = self._hostname
        return out

    def newcomers(self) -> list[Thread]:
        """The processes of which it is said when they, or those above them, started: the oldest first."""
        found = [thread for thread in self.threads.values() if thread.started is not None]
        return sorted(found, key=lambda thread: -(thread.started or 0))  # those above stand before

    def thread(self, node: Node, user_node: Node | None = None) -> Thread:
        """The process that an event is by. One that nobody has described yet was there before: a program of this name in
        /usr/bin, started by init; `user_node`: its user."""
        name = self._place.text(node, "by")
        known = self.threads.get(name)
        if known is None:
            if not name or len(name) > 255:
                raise self._place.error(node, "a process has a name")
            known = self._new(name)
            known.run(f"/usr/bin/{from_user(name)}", [])
            known.comm = from_user(name)[:COMM]
            if user_node is not None:
                known.uid = self.uid(user_node)
            self._listed.append(_entry(known))
        elif user_node is not None:
            raise self._place.error(user_node, f"{name} is there already: its user is that of the machine")
        return known

    def fork(self, parent: Thread, name: str) -> Thread:
        """A new process."""
        new = parent.child(self._number())
        if new.container is not None:
            new.vpid = 1 + sum(t.container == new.container for t in self.threads.values())
        self.threads[name] = new
        return new

    def uid(self, node: Node) -> int:
        """The number of a user, by name or number."""
        return _account(self._place, node, "user", self._users)

    def gid(self, node: Node) -> int:
        """The number of a group, by name or number."""
        return _account(self._place, node, "group", self._groups)

    def container(self, node: Node) -> Container:
        """The container of this name."""
        name = self._place.text(node, "container")
        if name not in self.containers:
            raise self._place.unknown(node, "container", name, self.containers)
        return self.containers[name]

    def _number(self) -> int:
        while self._next in self._taken:
            self._next += 1
        number = self._next
        self._taken.add(number)
        self._next = max(self._next + 1, 100)
        return number

    def _new(self, name: str, number: int = 0, node: Node | None = None) -> Thread:
        if number in self._taken and node is not None:
            raise self._place.error(node, f"another process has the number {number}")
        new = self.threads[name] = Thread(number or self._number(), 1 if self.threads else 0)
        self._taken.add(new.tid)
        return new

    def _read_accounts(self, entries: dict[str, Node]) -> None:
        place = self._place
        for name, node in place.entries(entries["users"], "users").items() if "users" in entries else ():
            values = (
                place.mapping(node, f"user {name}", ("uid", "gid", "home", "shell")) if node.kind == MAPPING else {"uid": node}
            )
            uid = place.whole(values.get("uid", node), "uid", _U32)
            gid = place.whole(values["gid"], "gid", _U32) if "gid" in values else uid
            home = place.byte_text(values["home"], "home") if "home" in values else f"/home/{from_user(name)}"
            shell = place.byte_text(values["shell"], "shell") if "shell" in values else "/bin/sh"
            self._users[name] = uid
            self.accounts.append(user(uid, from_user(name), gid, home, shell))
        for name, node in place.entries(entries["groups"], "groups").items() if "groups" in entries else ():
            self._groups[name] = gid = place.whole(node, "gid", _U32)
            self.accounts.append(GroupEntry(gid, from_user(name)))

    def _process(self, name: str, node: Node) -> None:
        place = self._place
        said = place.mapping(node, f"process {name}", _PROCESS)
        new = self._new(name, place.whole(said["pid"], "pid", _MOST_PID) if "pid" in said else 0, said.get("pid"))
        if "parent" in said:
            parent = place.text(said["parent"], "parent")
            if parent not in self.threads or parent == name:
                raise place.unknown(said["parent"], "process above", parent, [n for n in self.threads if n != name])
            new.parent = self.threads[parent].tid
        new.run(
            place.byte_text(said["exe"], "exe") if "exe" in said else f"/usr/bin/{from_user(name)}",
            place.byte_texts(said["args"], "args") if "args" in said else [],
        )
        new.exe = place.byte_text(said["argv0"], "argv0") if "argv0" in said else new.exe
        new.comm = (place.byte_text(said["comm"], "comm") if "comm" in said else new.comm)[:COMM]
        new.env = place.byte_texts(said["env"], "env") if "env" in said else []
        new.cwd = place.byte_text(said["cwd"], "cwd") if "cwd" in said else "/"
        new.tty = place.whole(said["tty"], "tty", _U32) if "tty" in said else 0
        new.uid = self.uid(said["user"]) if "user" in said else 0
        new.gid = self.gid(said["group"]) if "group" in said else new.uid
        new.loginuid = self.uid(said["loginuid"]) if "loginuid" in said else _NO_LOGIN
        new.caps = place.whole(said["capabilities"], "capabilities") if "capabilities" in said else 0
        new.exe_flags = sum(bit for key, bit in _EXE_FLAGS.items() if key in said and place.truth(said[key], key))
        if "sid" in said:
            leader = place.text(said["sid"], "sid")
            if leader not in self.threads:
                raise place.unknown(said["sid"], "process above", leader, self.threads)
            new.sid = self.threads[leader].tid
        above = next(thread for thread in self.threads.values() if thread.tid == new.parent)
        new.started = above.started
        if "started" in said:
            new.started = place.duration(said["started"], "started")
            if above.started is not None and above.started < new.started:
                raise place.error(said["started"], "a process starts after its parent")
        for key, node in place.entries(said["fds"], "fds").items() if "fds" in said else ():
            new.described.append(_descriptor(place, key, node))
            new.fds.add(new.described[-1].fd)
        if "container" in said:
            new.container = self.container(said["container"])
            new.vpid = sum(t.container == new.container for t in self.threads.values())
        if "vpid" in said:
            new.vpid = place.whole(said["vpid"], "vpid", _MOST_PID)


def _descriptor(place: Place, key: str, node: Node) -> FdEntry:
    """An open descriptor: a path, or a pair of addresses."""
    if not key.isdigit() or int(key) > 1 << 20:
        raise place.error(node, f"{key} is no number of a descriptor")
    text = place.text(node, "a descriptor")
    if "->" not in text:
        return fd(int(key), from_user(text))
    try:
        pair = address_pair(text)
    except ValueError as error:
        raise place.error(node, str(error), "1.2.3.4:5->6.7.8.9:80") from None
    if len(pair) != 4:
        raise place.error(node, "a socket between addresses is 1.2.3.4:5->6.7.8.9:80")
    kind = FD_IPV6_SOCK if ":" in pair[0] else FD_IPV4_SOCK
    return fd(int(key), "", kind, sip=pair[0], sport=pair[1], dip=pair[2], dport=pair[3], l4=_TCP)


def _account(place: Place, node: Node, what: str, known: dict[str, int]) -> int:
    name = place.text(node, what)
    if name in known:
        return known[name]
    if name.isdigit():
        return place.whole(node, what, _U32)
    raise place.unknown(node, what, name, known)


def _entry(t: Thread) -> ProcessEntry:
    """The process as the process list of a capture has it."""
    return process(
        t.tid, t.comm, ptid=t.parent, exe=t.exe, exepath=t.exepath, args=t.args, env=t.env, cwd=t.cwd, uid=t.uid, gid=t.gid,
        tty=t.tty, loginuid=t.loginuid, cgroups=t.cgroups, vpid=t.vpid, vtid=t.vpid, sid=t.sid, fds=t.described,
        exe_writable=bool(t.exe_flags & 1), exe_upper_layer=bool(t.exe_flags & 2), exe_from_memfd=bool(t.exe_flags & 4),
        cap_inheritable=t.caps, cap_permitted=t.caps, cap_effective=t.caps,
    )  # fmt: skip
