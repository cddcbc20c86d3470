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
    """One number: an id as in wsysdig_summary, what it is called and of what kind, which view shows more of it and which filter
    passes what it counts ("": no filter says that)."""

    id: str
    name: str
    group: str
    kind: str = COUNT
    view: str = ""
    filter: str = ""


METRICS = (
    Metric("syscallCount", "Events", "general", view="syscalls"),
    Metric("fileBytes", "File bytes in+out", "file", BYTES, "files", _FILE),
    Metric("fileBytesR", "File bytes in", "file", BYTES, "files", f"{_FILE} and evt.is_io_write=false"),
    Metric("fileBytesW", "File bytes out", "file", BYTES, "files", f"{_FILE} and evt.is_io_write=true"),
    Metric("fileCount", "Accessed files", "file", DISTINCT, "files", _FILE),
    Metric("fileCountW", "Modified files", "file", DISTINCT, "files", f"{_FILE} and evt.is_io_write=true"),
    Metric("netBytes", "Net bytes in+out", "network", BYTES, "connections", _NET),
    Metric("netBytesR", "Net bytes in", "network", BYTES, "connections", f"{_NET} and evt.is_io_write=false"),
    Metric("netBytesW", "Net bytes out", "network", BYTES, "connections", f"{_NET} and evt.is_io_write=true"),
    Metric("connectionCount", "Active connections", "network", DISTINCT, "connections", _NET),
    Metric("newConnectionsO", "New outbound connections", "network", view="connections",
           filter="evt.type=connect and evt.dir=< and fd.sport exists"),
    Metric("newConnectionsI", "New inbound connections", "network", view="connections",
           filter="evt.type=accept and evt.dir=< and fd.sport exists"),
    Metric("newListeningPorts", "New listening ports", "network", view="sports",
           filter="evt.type=bind and evt.dir=< and fd.sport exists and evt.rawres>=0"),
    Metric("executedCommands", "Executed commands", "security", view="spy_users",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0"),
    Metric("executedInteractiveCommands", "Commands from a shell", "security", view="spy_users",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0 and proc.pname contains bash"),
    Metric("newSymLinksCount", "New symlinks", "security",
           filter="evt.type in (symlink, symlinkat) and evt.dir=< and evt.rawres>=0"),
    Metric("sysFileCountW", "Modified system files", "security", DISTINCT, "files",
           f"{_FILE} and evt.is_io_write=true and (" + " or ".join(f"fd.name startswith {p}" for p in SYSTEM) + ")"),
    Metric("sudoInvocations", "Sudo invocations", "security", view="spy_users",
           filter="evt.type=execve and evt.dir=< and evt.rawres>=0 and evt.arg.exe=sudo"),
    Metric("setnsInvocations", "Setns calls", "security", filter="evt.type=setns and evt.dir=< and evt.rawres>=0"),
    Metric("newConnectionsSsh", "New SSH connections", "security", view="connections",
           filter="evt.type in (accept, connect) and evt.dir=< and fd.sport=22"),
    Metric("fileDeletionsCount", "Deleted files", "security",
           filter="evt.type in (unlink, unlinkat) and evt.dir=< and evt.rawres>=0"),
    Metric("sysReqCountHttp", "HTTP answers", "performance", view="connections"),
    Metric("sysErrCountHttp", "HTTP errors", "performance", view="connections"),
    Metric("openErrorCount", "File open errors", "performance", view="errors",
           filter="evt.type=open and evt.dir=< and evt.rawres<0"),
    Metric("connectErrorCount", "Failed connections", "performance", view="errors",
           filter="evt.type=connect and evt.dir=< and fd.type in (ipv4, ipv6) and evt.rawres<0 and evt.rawres!=-115"),
    Metric("forkCount", "Forks", "performance", filter="evt.type in (clone, fork) and evt.dir=< and evt.rawres>0"),
    Metric("signalCount", "Signals", "performance", filter="evt.type=signaldeliver and evt.dir=>"),
    Metric("segfaultCount", "Segmentation faults", "performance",
           filter="evt.type=signaldeliver and evt.dir=> and evt.arg.sig=SIGSEGV"),
    Metric("over1msFileIoCount", "File I/O over 1 ms", "performance", view="slow_io",
           filter=f"{_FILE} and evt.latency>1000000{_DEVICE}"),
    Metric("over10msFileIoCount", "File I/O over 10 ms", "performance", view="slow_io",
           filter=f"{_FILE} and evt.latency>10000000{_DEVICE}"),
    Metric("over100msFileIoCount", "File I/O over 100 ms", "performance", view="slow_io",
           filter=f"{_FILE} and evt.latency>100000000{_DEVICE}"),
    Metric("appLogCount", "Log messages", "logs"),
    Metric("appLogCountW", "Log warnings", "logs"),
    Metric("appLogCountE", "Log errors", "logs"),
    Metric("sysLogCount", "Syslog messages", "logs", view="spy_syslog"),
    Metric("sysLogCountW", "Syslog warnings", "logs", view="spy_syslog"),
    Metric("sysLogCountE", "Syslog errors", "logs", view="spy_syslog"),
)  # fmt: skip
