"""What Sigma's fields and kinds of logs are here.

Sigma writes about events as Sysmon for Linux logs them: what is close to it, but not the same, is said so.
"""

from __future__ import annotations

from typing import NamedTuple


class Here(NamedTuple):
    """A field. note: in what it is not quite Sigma's, "" if it is; text: whether its values are text."""

    name: str
    note: str = ""
    text: bool = True


class Category(NamedTuple):
    """A kind of logs: the events, the output of rules, the fields; note: in what the events are not quite Sigma's."""

    condition: str
    output: str
    fields: dict[str, Here]
    note: str = ""


_PROCESS = {
    "Image": Here("proc.exepath"),
    "CommandLine": Here("proc.exeline"),
    "ParentImage": Here("proc.pexepath"),
    "ParentCommandLine": Here("proc.pcmdline", "the parent's command line begins with its name, not with its first argument"),
    "User": Here("user.name"),
    "CurrentDirectory": Here("proc.cwd", "the current directory ends with a slash"),
    "ProcessId": Here("proc.pid", text=False),
    "ParentProcessId": Here("proc.ppid", text=False),
}
_ENDPOINTS = {
    "DestinationIp": Here("fd.rip", text=False),
    "DestinationPort": Here("fd.rport", text=False),
    "SourceIp": Here("fd.lip", text=False),
    "SourcePort": Here("fd.lport", text=False),
    "Protocol": Here("fd.l4proto"),
}
_OWN = {name: _PROCESS[name] for name in ("Image", "CommandLine", "User", "CurrentDirectory", "ProcessId", "ParentImage")}

CATEGORIES = {
    "process_creation": Category(
        "evt.type in (execve, execveat) and evt.failed=false",
        "command=%proc.exeline parent=%proc.pcmdline user=%user.name container=%container.id",
        _PROCESS,
    ),
    "file_event": Category(
        "evt.type in (open, openat, openat2, creat) and evt.is_open_create=true",
        "file=%fd.name command=%proc.exeline user=%user.name container=%container.id",
        {**_OWN, "TargetFilename": Here("fd.name")},
        "files that are made by renames and links are not seen",
    ),
    "network_connection": Category(
        "evt.type=connect and fd.type in (ipv4, ipv6) and (evt.failed=false or evt.res=EINPROGRESS)",
        "connection=%fd.name command=%proc.exeline user=%user.name container=%container.id",
        {**_OWN, **_ENDPOINTS},
    ),
}
INITIATED = "Initiated"  # whether the connection was made from here: the events are those that were
# services and categories that cannot be, and why
REFUSED = {
    "auditd": "auditd logs records, several to an event, with numbers and hexadecimal texts of system calls: other data",
}
LEVELS = {"informational": "INFO", "low": "NOTICE", "medium": "WARNING", "high": "ERROR", "critical": "CRITICAL"}
