"""Snapshot: what a stream says about the machine before its first event.

A .scap reader fills it from the metadata blocks, live capture from /proc. Strings are byte text, addresses packed
bytes (4 or 16), ports integers.
"""

from __future__ import annotations

# descriptor types (SCAP_FD_*)
FD_UNKNOWN, FD_FILE, FD_DIRECTORY, FD_IPV4_SOCK, FD_IPV6_SOCK, FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK = range(7)
FD_FIFO, FD_UNIX_SOCK, FD_EVENT, FD_UNSUPPORTED, FD_SIGNALFD, FD_EVENTPOLL, FD_INOTIFY, FD_TIMERFD = range(7, 15)
FD_NETLINK, FD_FILE_V2, FD_BPF, FD_USERFAULTFD, FD_IOURING, FD_MEMFD, FD_PIDFD = range(15, 22)


class ProcessEntry:
    """One thread of the process list. Lists (`args`, `env`, `cgroups`) hold byte text items."""

    __slots__ = (
        "args", "cap_effective", "cap_inheritable", "cap_permitted", "cgroups", "comm", "cwd", "env", "exe",
        "exe_from_memfd", "exe_ino", "exe_ino_ctime", "exe_ino_mtime", "exe_lower_layer", "exe_upper_layer", "exe_writable",
        "exepath", "fdlimit", "fds", "flags", "gid", "loginuid", "pfmajor", "pfminor", "pgid", "pid", "pidns_init_start_ts",
        "ptid", "root", "sid", "tid", "tty", "uid", "vmrss_kb", "vmsize_kb", "vmswap_kb", "vpgid", "vpid", "vtid",
    )  # fmt: skip

    def __init__(self) -> None:
        self.tid = self.pid = self.ptid = 0
        self.sid = self.vpgid = self.vtid = self.vpid = self.pgid = -1
        self.comm = self.exe = self.exepath = self.cwd = self.root = ""
        self.args: list[str] = []
        self.env: list[str] = []
        self.cgroups: list[str] = []
        self.fdlimit = -1
        self.flags = self.uid = self.gid = 0
        self.vmsize_kb = self.vmrss_kb = self.vmswap_kb = self.pfmajor = self.pfminor = 0
        self.pidns_init_start_ts = self.tty = 0
        self.loginuid = 0xFFFFFFFF
        self.exe_writable = self.exe_upper_layer = self.exe_lower_layer = self.exe_from_memfd = False
        self.cap_inheritable = self.cap_permitted = self.cap_effective = 0
        self.exe_ino = self.exe_ino_ctime = self.exe_ino_mtime = 0
        self.fds: list[FdEntry] = []


class FdEntry:
    """One descriptor of the fd list.

    type    FD_*; name: path, unix path or free text
    ip sockets: sip, dip packed bytes, sport, dport, l4 (SCAP_L4_*: 1 NA, 2 tcp, 3 udp, 4 icmp, 5 raw);
    server sockets: sip and sport only. unix: source and destination are kernel addresses.
    """

    __slots__ = (
        "destination", "dev", "dip", "dport", "fd", "flags", "ino", "l4", "mount_id", "name", "sip", "source", "sport", "type",
    )  # fmt: skip

    def __init__(self, fd: int, ino: int, type_: int, name: str = "") -> None:
        self.fd = fd
        self.ino = ino
        self.type = type_
        self.name = name
        self.flags = self.dev = self.mount_id = 0
        self.sip = self.dip = b""
        self.sport = self.dport = self.l4 = 0
        self.source = self.destination = 0


class UserEntry:
    """A user (name, uid, gid, home, shell)."""

    __slots__ = ("gid", "home", "name", "shell", "uid")

    def __init__(self, uid: int, gid: int, name: str, home: str, shell: str) -> None:
        self.uid = uid
        self.gid = gid
        self.name = name
        self.home = home
        self.shell = shell


class GroupEntry:
    """A group (gid, name)."""

    __slots__ = ("gid", "name")

    def __init__(self, gid: int, name: str) -> None:
        self.gid = gid
        self.name = name


class InterfaceEntry:
    """A network interface address; addr, netmask and broadcast are packed bytes of equal length (4 or 16)."""

    __slots__ = ("addr", "broadcast", "linkspeed", "name", "netmask")

    def __init__(self, name: str, addr: bytes, netmask: bytes, broadcast: bytes, linkspeed: int = 0) -> None:
        self.name = name
        self.addr = addr
        self.netmask = netmask
        self.broadcast = broadcast
        self.linkspeed = linkspeed


class Snapshot:
    """Everything known before the first event.

    `accounts` holds users and groups mixed, in the order of the capture. `processes` are in file order. `live`: the stream
    comes from pysysdig's own live capture. `everyone`: the container that all processes are in, "" = there is none.
    `first_ts`: time of the first event of all (ns) where events came before, 0 = the first that follows is that.
    """

    __slots__ = (
        "accounts", "boot_ts", "everyone", "first_ts", "hostname", "interfaces", "live", "max_pid", "memory_bytes", "num_cpus",
        "processes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.hostname = ""
        self.live = False
        self.everyone = ""
        self.num_cpus = self.memory_bytes = self.max_pid = self.boot_ts = self.first_ts = 0
        self.interfaces: list[InterfaceEntry] = []
        self.accounts: list[UserEntry | GroupEntry] = []
        self.processes: list[ProcessEntry] = []

    @property
    def users(self) -> list[UserEntry]:
        """The users, in order."""
        return [a for a in self.accounts if isinstance(a, UserEntry)]

    @property
    def groups(self) -> list[GroupEntry]:
        """The groups, in order."""
        return [a for a in self.accounts if isinstance(a, GroupEntry)]
