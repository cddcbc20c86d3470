"""The numbers at the top of a report: what sysdig-inspect shows, summed up as the chisel wsysdig_summary does (tally.py).

Where that is odd it stays so (docs/report.md): "HTTP errors" are all answers but 200, an event counts as a system call.
"""

from __future__ import annotations

from typing import NamedTuple

COUNT, BYTES, DISTINCT = "count", "bytes", "distinct"
SYSTEM = ("/bin/", "/sbin/", "/boot/", "/etc/", "/lib", "/usr/bin/", "/usr/sbin/", "/usr/share/", "/usr/lib")
_FILE = "evt.is_io=true and fd.type=file and evt.dir=< and evt.rawres>=0"
_NET = "evt.is_io=true and fd.type in (ipv4, ipv6) and evt.dir=< and evt.rawres>=0"
_DEVICE = " and not fd.name startswith /dev/"


class Metric(NamedTuple):
    """One number: an id as in wsysdig_summary, what it is called and of what kind, and which filter passes what it counts ("": no
    filter says that)."""

    id: str
    name: str
    kind: str = COUNT
    filter: str = ""


METRICS = (
    Metric("syscallCount", "Events"),
    Metric("fileBytes", "File bytes in+out", BYTES, _FILE),
    Metric("fileBytesR", "File bytes in", BYTES, f"{_FILE} and evt.is_io_write=false"),
    Metric("fileBytesW", "File bytes out", BYTES, f"{_FILE} and evt.is_io_write=true"),
    Metric("fileCount", "Accessed files", DISTINCT, _FILE),
    Metric("fileCountW", "Modified files", DISTINCT, f"{_FILE} and evt.is_io_write=true"),
    Metric("netBytes", "Net bytes in+out", BYTES, _NET),
    Metric("netBytesR", "Net bytes in", BYTES, f"{_NET} and evt.is_io_write=false"),
    Metric("netBytesW", "Net bytes out", BYTES, f"{_NET} and evt.is_io_write=true"),
    Metric("connectionCount", "Active connections", DISTINCT, _NET),
    Metric("newConnectionsO", "New outbound connections",
           filter="evt.type=connect and evt.dir=< and fd.sport exists"),
    Metric("newConnectionsI", "New inbound connections",
           filter="evt.type=accept and evt.dir=< and fd.sport exists"),
    Metric("newListeningPorts", "New listening ports",
           filter="evt.type=bind and evt.dir=< and fd.sport exists and evt.rawres>=0"),
    Metric("executedCommands", "Executed commands",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0"),
    Metric("executedInteractiveCommands", "Commands from a shell",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0 and proc.pname contains bash"),
    Metric("newSymLinksCount", "New symlinks",
           filter="evt.type in (symlink, symlinkat) and evt.dir=< and evt.rawres>=0"),
    Metric("sysFileCountW", "Modified system files", DISTINCT,
           f"{_FILE} and evt.is_io_write=true and (" + " or ".join(f"fd.name startswith {p}" for p in SYSTEM) + ")"),
    Metric("sudoInvocations", "Sudo invocations",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0 and evt.arg.exe=sudo"),
    Metric("setnsInvocations", "Setns calls", filter="evt.type=setns and evt.dir=< and evt.rawres>=0"),
    Metric("newConnectionsSsh", "New SSH connections",
           filter="evt.type in (accept, connect) and evt.dir=< and fd.sport=22"),
    Metric("fileDeletionsCount", "Deleted files",
           filter="evt.type in (unlink, unlinkat) and evt.dir=< and evt.rawres>=0"),
    Metric("sysReqCountHttp", "HTTP answers"),
    Metric("sysErrCountHttp", "HTTP errors"),
    Metric("openErrorCount", "File open errors",
           filter="evt.type=open and evt.dir=< and evt.rawres<0"),
    Metric("connectErrorCount", "Failed connections",
           filter="evt.type=connect and evt.dir=< and fd.type in (ipv4, ipv6) and evt.rawres<0 and evt.rawres!=-115"),
    Metric("forkCount", "Forks", filter="evt.type in (clone, fork) and evt.dir=< and evt.rawres>0"),
    Metric("signalCount", "Signals", filter="evt.type=signaldeliver and evt.dir=>"),
    Metric("segfaultCount", "Segmentation faults",
           filter="evt.type=signaldeliver and evt.dir=> and evt.arg.sig=SIGSEGV"),
    Metric("over1msFileIoCount", "File I/O over 1 ms",
           filter=f"{_FILE} and evt.latency>1000000{_DEVICE}"),
    Metric("over10msFileIoCount", "File I/O over 10 ms",
           filter=f"{_FILE} and evt.latency>10000000{_DEVICE}"),
    Metric("over100msFileIoCount", "File I/O over 100 ms",
           filter=f"{_FILE} and evt.latency>100000000{_DEVICE}"),
    Metric("appLogCount", "Log messages"),
    Metric("appLogCountW", "Log warnings"),
    Metric("appLogCountE", "Log errors"),
    Metric("sysLogCount", "Syslog messages"),
    Metric("sysLogCountW", "Syslog warnings"),
    Metric("sysLogCountE", "Syslog errors"),
)  # fmt: skip
