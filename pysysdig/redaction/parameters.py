"""What the parameters of each type of events are to a policy. What is not known here is left out: numbers alone pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pysysdig.events._event_table import DYNAMIC
from pysysdig.events.build import AF_INET, AF_INET6, AF_UNIX
from pysysdig.events.table import CURRENT, OLD, SIZES, load
from pysysdig.redaction.policy import KEEP
from pysysdig.redaction.values import listed, terminated

if TYPE_CHECKING:
    from pysysdig.events.table import Param
    from pysysdig.redaction.values import Values

Treat = Callable[[bytes], bytes]
NUMBER = 8  # bytes of the largest number
_PATHS = frozenset("exe newpath oldpath quotafilepath special dev target home shell path cwd".split())
_FOLDERS = frozenset(("cwd", "home"))
_ADDRESSES = frozenset(("IPV4ADDR", "IPV6ADDR"))


def treatments(values: Values, type_: int, generation: str) -> list[Treat | None]:
    """For each parameter of a type of events what makes the treated bytes of its bytes; None: they stay, it is a number (of at
    most NUMBER bytes, else it is none)."""
    info = load(generation)[type_]
    other = load(OLD if generation == CURRENT else CURRENT)[type_]
    params = (*info.params, *other.params[len(info.params) :])
    return [_treatment(values, info.name, param) for param in params]


def _treatment(values: Values, event: str, param: Param) -> Treat | None:
    kind, name = param.type, param.name
    if kind in _ADDRESSES:
        return values.address
    if kind in SIZES:
        return None
    if kind == "FDLIST":
        return lambda data: data if len(data) == 2 + 10 * int.from_bytes(data[:2], "little") else b""
    if kind in ("FSPATH", "FSRELPATH"):
        folder = event in ("mkdir", "mkdirat", "chroot", "rmdir")
        return lambda data: terminated(data, lambda text: values.path(text, folder=folder))
    if kind == "CHARBUF":
        return _text(values, event, name)
    if kind == "BYTEBUF":
        return _bytes(values, name)
    if kind == "SOCKADDR":
        return lambda data: _ends(values, data, 1)
    if kind == "SOCKTUPLE":
        return lambda data: _ends(values, data, 2)
    if kind == "DYN" and param.dynamic is not None:
        numbers = [inner in SIZES for inner, _ in DYNAMIC[param.dynamic]]
        return lambda data: data if _kept(values, data, numbers) else data[:1] + bytes(max(len(data) - 1, 0))
    return None if values.policy["evt.arg"] == KEEP else _nothing


def _text(values: Values, event: str, name: str) -> Treat | None:
    """Of a text: what it is depends on its name, and for some on the event."""
    if name == "container_id" or (event, name) == ("container", "id"):
        return lambda data: terminated(data, values.ident)
    if name == "comm" or (event, name) == ("prctl", "arg2_str"):  # of PR_SET_NAME
        return lambda data: terminated(data, lambda text: values.name("proc.name", text))
    if (event, name) == ("container", "json"):
        return lambda data: terminated(data, values.container)
    subject = {
        ("container", "name"): "container.name",
        ("container", "image"): "container.image",
        ("useradded", "name"): "user.name",
        ("userdeleted", "name"): "user.name",
        ("groupadded", "name"): "group.name",
        ("groupdeleted", "name"): "group.name",
    }.get((event, name))
    if subject is not None:
        return lambda data: terminated(data, lambda text: values.name(subject, text))
    if name in _PATHS:
        folder = name in _FOLDERS or event in ("chdir", "getcwd")
        return lambda data: terminated(data, lambda text: values.path(text, folder=folder))
    return lambda data: terminated(data, values.other)


def _bytes(values: Values, name: str) -> Treat:
    if name == "args":
        return lambda data: listed(data, values.args)
    if name == "env":
        return lambda data: listed(data, values.env)
    if name == "cgroups":
        return lambda data: listed(data, lambda items: [values.cgroup(item) for item in items])
    return values.buffer


def _nothing(data: bytes) -> bytes:
    return b""


def _kept(values: Values, data: bytes, numbers: list[bool]) -> bool:
    """Whether a value of one of several types is a number, or all are kept."""
    if values.policy["evt.arg"] == KEEP and values.policy["evt.buffer"] == KEEP:
        return True
    return bool(data) and data[0] < len(numbers) and numbers[data[0]] and len(data) <= 9


def _ends(values: Values, data: bytes, count: int) -> bytes:
    """An address with its port, or a pair of them: the family, then each end; for unix sockets the kernel's numbers of both (if
    it is a pair) and the path."""
    family = data[0] if data else 0
    size = {AF_INET: 4, AF_INET6: 16}.get(family)
    if size is not None and len(data) == 1 + count * (size + 2):
        out = data[:1]
        for at in range(1, len(data), size + 2):
            out += values.address(data[at : at + size]) + data[at + size : at + size + 2]
        return out
    if family == AF_UNIX:
        head = 1 + (16 if count == 2 else 0)
        if len(data) < head:
            return data[:1]
        return data[:head] + terminated(data[head:], values.path)
    return data[:1] + bytes(max(len(data) - 1, 0))
