"""The values that a field can have, where they are few and known beforehand: for completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import errorcode

from pysysdig.events.table import event_names
from pysysdig.fields.evt import CATEGORIES, FD_CATEGORIES
from pysysdig.fields.fd import L4_TEXTS
from pysysdig.fields.proc import TYPE_TEXTS
from pysysdig.fields.registry import REGISTRY
from pysysdig.fields.syslog import FACILITIES, SEVERITIES
from pysysdig.state.containers import TYPE_NAMES

_KNOWN: dict[str, Callable[[], Iterable[str]]] = {
    "evt.type": event_names,
    "syscall.type": event_names,
    "evt.dir": lambda: ("<", ">"),
    "evt.category": lambda: (*CATEGORIES.values(), *FD_CATEGORIES.values()),
    "evt.res": lambda: ("SUCCESS", *errorcode.values()),
    "fd.type": TYPE_TEXTS.values,
    "fd.l4proto": L4_TEXTS.values,
    "fd.sockfamily": lambda: ("ip", "unix"),
    "container.type": lambda: ("host", *TYPE_NAMES.values()),
    "syslog.facility.str": lambda: FACILITIES,
    "syslog.severity.str": lambda: SEVERITIES,
}


def choices(name: str) -> list[str]:
    """The values of the field `name`, sorted; empty if they are not known or there is no such field."""
    if name in _KNOWN:
        return sorted(set(_KNOWN[name]()) - {"<NA>", "NA", ""})
    field = REGISTRY.get(name)
    return ["false", "true"] if field is not None and field.type == "BOOL" else []
