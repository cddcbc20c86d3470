"""Port numbers and service names, from the machine's services database (/etc/services)."""

from __future__ import annotations

from functools import cache

DATABASE = "/etc/services"
_MAX_BYTES = 4 << 20


@cache
def _tables() -> tuple[dict[tuple[int, str], str], dict[int, str], dict[str, int]]:
    """(port, protocol) -> name, port -> name, name or alias -> port; the first line that fits wins."""
    by_protocol: dict[tuple[int, str], str] = {}
    by_port: dict[int, str] = {}
    by_name: dict[str, int] = {}
    try:
        with open(DATABASE, encoding="latin-1") as f:
            text = f.read(_MAX_BYTES)
    except OSError:
        text = ""
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) < 2:
            continue
        number, _, protocol = words[1].partition("/")
        if not (number.isascii() and number.isdigit()) or int(number) > 0xFFFF:
            continue
        port = int(number)
        by_protocol.setdefault((port, protocol), words[0])
        by_port.setdefault(port, words[0])
        for name in (words[0], *words[2:]):
            by_name.setdefault(name, port)
    return by_protocol, by_port, by_name


def port_name(port: int, protocol: str = "") -> str:
    """The service name of a port, its number as text if the database has none.

    protocol: "tcp", "udp" or "" for whichever comes first.
    """
    by_protocol, by_port, _ = _tables()
    name = by_protocol.get((port, protocol)) if protocol else by_port.get(port)
    return str(port) if name is None else name


def port_number(name: str) -> int | None:
    """The port of a service name or alias; None if the database does not know it."""
    return _tables()[2].get(name)
