"""Expressions that views share: what calls do to processes, files, connections; values that are NULL where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OF_FILE = "{fd.typechar} in ('f', 'd')"
OF_NET = "{fd.typechar} in ('4', '6')"
# the file of a call, also of one that has no descriptor
PATH = f"coalesce(CASE WHEN {OF_FILE} THEN {{fd.name}} END, {{fs.path_name}})"
# a new process, not a thread, as it sees its own beginning
_CHILD = "{evt.rawres} = 0 and {thread.tid} = {proc.pid}"
_READ, _WRITE = "read pread readv preadv", "write pwrite writev pwritev"

# kind -> (types of events, what else holds); no event is of two kinds
KINDS: dict[str, tuple[str, str]] = {
    "exec": ("execve execveat", ""),
    "fork": ("clone clone3 fork vfork", _CHILD),
    "exit": ("procexit", ""),
    "trace": ("ptrace", ""),
    "identity": ("setuid setreuid setresuid setgid setregid setresgid", ""),
    "open": ("open openat openat2 open_by_handle_at", ""),
    "create": ("creat mkdir mkdirat mknod mknodat link linkat symlink symlinkat", ""),
    "delete": ("unlink unlinkat rmdir", ""),
    "rename": ("rename renameat renameat2", ""),
    "mode": ("chmod fchmod fchmodat chown lchown fchown fchownat", ""),
    "truncate": ("truncate ftruncate", ""),
    "read": (_READ, OF_FILE),
    "write": (_WRITE, OF_FILE),
    "connect": ("connect", OF_NET),
    "accept": ("accept accept4", OF_NET),
    "listen": ("listen", OF_NET),
    "traffic": (f"{_READ} {_WRITE} sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg sendfile", OF_NET),
    "disconnect": ("close shutdown", OF_NET),
}
# one row a call: its end, and that of a process, which has only a beginning; tables of calls have no direction
ENDS = "(coalesce({evt.dir}, '<') = '<' or {evt.type} = 'procexit')"


def known(leaf: str) -> str:
    """A text that is NULL where it says that nothing is known."""
    return f"CASE WHEN {{{leaf}}} NOT IN ('', '<NA>') THEN {{{leaf}}} END"


def inside(leaf: str) -> str:
    """A text of a container: NULL on the host."""
    return f"CASE WHEN {{container.id}} <> 'host' THEN {known(leaf)} END"


def by_kind(values: Mapping[str, str]) -> str:
    """An expression: for events of each kind a value, itself an expression; for all others NULL."""
    return f"CASE {' '.join(f'WHEN {_is(kind)} THEN {value}' for kind, value in values.items())} END"


def any_of(kinds: Iterable[str]) -> str:
    """An expression: whether an event is of one of the kinds, and a row."""
    return f"{ENDS} and ({' or '.join(map(_is, kinds))})"


def types_of(kinds: Iterable[str]) -> str:
    """A filter of sysdig's that all events of these kinds pass."""
    return f"evt.type in ({', '.join(dict.fromkeys(name for kind in kinds for name in KINDS[kind][0].split()))})"


def _is(kind: str) -> str:
    names, more = KINDS[kind]
    listed = ", ".join(f"'{name}'" for name in names.split())
    return f"({{evt.type}} in ({listed}){f' and {more}' if more else ''})"
