"""Messages to the system log."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.syslog import Message, decode
from tests.fields.asked import file_view, values


def write(data: bytes, number: int = 5, result: int | None = None) -> list[Any]:
    enter = event("SYSCALL_WRITE_E", 1000, 30, [number, len(data)], generation=OLD)
    leave = event("SYSCALL_WRITE_X", 2000, 30, [len(data) if result is None else result, data], generation=OLD)
    return [enter, leave]


def test_messages_to_the_system_log() -> None:
    view = file_view(*write(b"<38>sshd: hi\0rest"), *write(b"plain"), *write(b"<38>x", number=3), *write(b"<38>x", result=-5))
    exits = [1, 3, 5, 7]
    assert [values(view, "syslog.message")[k] for k in exits] == ["sshd: hi", None, None, None]
    assert values(view, "syslog.severity")[1] == 6
    assert values(view, "syslog.severity.str")[1] == "info"
    assert values(view, "syslog.facility")[1] == 4
    assert values(view, "syslog.facility.str")[1] == "auth"
    assert values(view, "evt.info")[1] == "syslog sev=info msg=sshd: hi"
    assert values(view, "evt.info")[3] == values(view, "evt.args")[3] == "res=5 data=plain "
    assert values(view, "evt.is_syslog") == [True, True, True, True, False, False, True, True]


def test_current_libraries_decode_no_system_log() -> None:
    new = event("SYSCALL_WRITE_X", 2000, 30, [3, b"<38>", 5, 4])
    assert values(file_view(new, generation=CURRENT), "evt.info") == ["res=3 data=<38> fd=5(<u>/dev/log) size=4"]


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"<38>hello", Message(38, "hello")),
        (b"<7>", Message(7, "")),
        (b"<999>x", Message(999, "x")),
        (b"", None),
        (b"<", None),
        (b"<>x", None),
        (b"<3a>x", None),
        (b"<38", None),
        (b"<99999999999>x", Message(99999999999 % 2**32, "x")),  # the counter wraps around
        (b"<4294967295>x", None),
    ],
)
def test_decode(data: bytes, want: Message | None) -> None:
    assert decode(data) == want


def test_facilities_without_a_name() -> None:
    assert Message(999, "").facility == "<NA>"
