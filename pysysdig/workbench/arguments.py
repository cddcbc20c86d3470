"""Parameters of synthetic events: texts of a test file as values of the types of the event table."""

from __future__ import annotations

import ipaddress
from typing import Any

from pysysdig.events._flag_tables import ERRNO, SIGNALS
from pysysdig.events.flags import table
from pysysdig.events.table import CURRENT, SIGNED, SIZES, Param
from pysysdig.events.text import from_user
from pysysdig.rules.yamldoc import NULL, Node
from pysysdig.workbench.reading import Place

_ERRNO = dict(ERRNO)
_SIGNALS = dict(SIGNALS)
_TEXTS = ("CHARBUF", "FSPATH", "FSRELPATH")


def argument(place: Place, node: Node, param: Param) -> Any:
    """The value of a parameter, as events.build takes it. None: an empty parameter (`~`). Raises TestFileError."""
    what = f"{param.name} ({param.type})"
    if node.kind == NULL:
        return None
    if param.type in _TEXTS:
        return place.byte_text(node, what)
    if param.type == "BYTEBUF":
        return place.text(node, what).encode()
    text = place.text(node, what)
    if param.type in ("SOCKADDR", "SOCKTUPLE"):
        try:
            return _address(text) if param.type == "SOCKADDR" else address_pair(text)
        except ValueError as error:
            raise place.error(node, f"{what}: {error}", "1.2.3.4:80, [::1]:80 or a path; with -> between two of them") from None
    if param.type not in SIZES:
        raise place.error(node, f"{what} cannot be given in a test file yet")
    number = _number(place, node, what, text, param)
    bits = 8 * SIZES[param.type]
    low, high = (-(1 << bits - 1), 1 << bits - 1) if param.type in SIGNED else (0, 1 << bits)
    if not low <= number < high:
        raise place.error(node, f"{what} is from {low} to {high - 1}, not {number}")
    return number


def _number(place: Place, node: Node, what: str, text: str, param: Param) -> int:
    """A number, the name of an error (as what it is returned as), of a signal, or names of flags joined by |."""
    if text in _ERRNO:
        return -_ERRNO[text]
    if param.type == "SIGTYPE" and text in _SIGNALS:
        return _SIGNALS[text]
    if not text:
        return 0
    try:
        return int(text, 0)
    except ValueError:
        pass
    names = dict(table(param.flags_table, CURRENT)) if param.flags_table else {}
    out = 0
    for name in text.split("|"):
        if name not in names:
            raise place.unknown(node, f"value of {what}", name, [*names, *(_ERRNO if param.type in SIGNED else ())])
        out |= names[name]
    return out


def _address(text: str) -> str | tuple[str, int]:
    if text.startswith(("/", "@")):
        return from_user(text)
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"'{text}' is no address with a port")
    return str(ipaddress.ip_address(host.strip("[]"))), int(port)


def address_pair(text: str) -> tuple[Any, ...]:
    """`1.2.3.4:5->6.7.8.9:80`, or two paths: as a SOCKTUPLE is made of. Raises ValueError."""
    source, arrow, destination = text.partition("->")
    if not arrow:
        raise ValueError(f"'{text}' is no pair of addresses")
    if source.startswith(("/", "@")) or destination.startswith(("/", "@")):
        return 0, 0, from_user(destination)
    first, second = _address(source), _address(destination)
    if len({ipaddress.ip_address(a[0]).version for a in (first, second)}) != 1:
        raise ValueError("both addresses must be of one family")
    return (*first, *second)
