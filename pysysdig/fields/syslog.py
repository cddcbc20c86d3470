"""syslog.*: messages written to the system log, decoded (sysdig 0.36 only; tables/fields.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pysysdig.events.arrays import Sel, among
from pysysdig.events.column import Column, NumColumn, encoded, missing
from pysysdig.events.table import OLD, TYPES
from pysysdig.fields.evt_io import syslog_fds
from pysysdig.fields.evt_result import first_numbers
from pysysdig.fields.registry import FieldRef, field
from pysysdig.render.args import groups
from pysysdig.state.levels import FD

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

SEVERITIES = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "clock", "authpriv", "ftp", "ntp", "logaudit",
    "logalert", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
_WRITES = [
    TYPES[n]
    for n in (
        "SYSCALL_WRITE_X", "SOCKET_SEND_X", "SOCKET_SENDTO_X", "SOCKET_SENDMSG_X", "SYSCALL_WRITEV_X", "SYSCALL_PWRITE_X",
        "SYSCALL_PWRITEV_X",
    )
]  # fmt: skip
_MAX_DIGITS = 15
_DATA = 1  # index of the buffer parameter in all of these


class Message(NamedTuple):
    """A decoded message; `text` is byte text up to a NUL."""

    priority: int
    text: str

    @property
    def severity(self) -> str:
        """Name of the severity."""
        return SEVERITIES[self.priority & 7]

    @property
    def facility(self) -> str:
        """Name of the facility; <NA> if there is none for the number."""
        number = self.priority >> 3
        return FACILITIES[number] if number < len(FACILITIES) else "<NA>"

    @property
    def line(self) -> str:
        """What evt.info shows."""
        return f"syslog sev={self.severity} msg={self.text}"


def decode(data: bytes) -> Message | None:
    """The message in a buffer `<PRIORITY>TEXT`; None if it does not start with a number in that form.

    The first byte is skipped unseen, and the digits end at a `>`, a NUL or the end.
    """
    digits = data[1 : 1 + _MAX_DIGITS].split(b">", 1)[0].split(b"\0", 1)[0]
    if not digits or not digits.isdigit() or len(data) < len(digits) + 2:
        return None
    priority = int(digits) & 0xFFFFFFFF
    if priority >= 1 << 31:  # overflow of the reference's counter: not a priority either
        return None
    return Message(priority, data[len(digits) + 2 :].split(b"\0", 1)[0].decode("latin-1"))


def messages(view: EventView, sel: Sel) -> dict[int, Message]:
    """Index into `sel` -> message, for the successful writes to the system log."""
    if view.generation != OLD:
        return {}
    writes = np.flatnonzero(among(view.batch.type_of(sel), _WRITES))
    if not len(writes):
        return {}
    writes = writes[syslog_fds(view, sel[writes])]
    if not len(writes):
        return {}
    values, valid = first_numbers(view.batch, sel[writes])
    writes = writes[valid & (values >= 0)]
    out: dict[int, Message] = {}
    for where, group in groups(view, sel[writes]):
        if len(group.spans.start) > _DATA:
            for k, data in zip(writes[where].tolist(), group.raw(_DATA)):
                message = decode(data)
                if message is not None:
                    out[k] = message
    return out


def _texts(view: EventView, sel: Sel, attribute: str) -> Column:
    found = messages(view, sel)
    if not found:
        return missing(len(sel))
    items: list[str | None] = [None] * len(sel)
    for k, message in found.items():
        items[k] = getattr(message, attribute)
    return encoded(items)


def _numbers(view: EventView, sel: Sel, mask: int, shift: int) -> Column:
    values, valid = np.zeros(len(sel), np.int64), np.zeros(len(sel), bool)
    for k, message in messages(view, sel).items():
        values[k], valid[k] = message.priority >> shift & mask, True
    return NumColumn(values, valid)


@field("syslog.facility.str", FD)
def facility_str(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of the facility."""
    return _texts(view, sel, "facility")


@field("syslog.severity.str", FD)
def severity_str(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of the severity."""
    return _texts(view, sel, "severity")


@field("syslog.message", FD)
def message(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The text."""
    return _texts(view, sel, "text")


@field("syslog.facility", FD)
def facility(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Number of the facility."""
    return _numbers(view, sel, 0x1FFFFFFF, 3)


@field("syslog.severity", FD)
def severity(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Number of the severity."""
    return _numbers(view, sel, 7, 0)
