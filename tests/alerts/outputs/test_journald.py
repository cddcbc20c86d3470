"""Alerts in systemd's journal."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import Setting
from pysysdig.alerts.outputs.journald import Output
from pysysdig.errors import PysysdigError
from pysysdig.output.stream import Output as Stream


def parsed(entry: bytes) -> dict[str, bytes]:
    """As the journal reads it."""
    out = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (size,) = struct.unpack_from("<Q", entry)
            value, entry = entry[8 : 8 + size], entry[9 + size :]
        out[name.decode()] = value
    return out


def test_fields(tmp_path: Path) -> None:
    fields = {"fd.name": "/x\ny=1", "proc.aname[2]": "a", "n": 5, "none": None, "list": ["a", 1], "x" * 99: "long"}
    alert = Alert(10**18, 4, "Rule", "syscall", ("a", "b"), "box", "text", fields, "u")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "j"))
        out = Output(Setting("journald", {"socket": str(tmp_path / "j")}, Stream(), False))
        out.send([alert], ["the \xc3\xb6 line\n"])
        got = parsed(journal.recv(99999))
        out.close()
    assert got.pop("FALCO_FIELD_" + "X" * 52) == b"long"
    assert got == {
        "MESSAGE": b"the \xc3\xb6 line", "PRIORITY": b"4", "SYSLOG_IDENTIFIER": b"falco", "FALCO_RULE": b"Rule",
        "FALCO_PRIORITY": b"Warning", "FALCO_SOURCE": b"syscall", "FALCO_TAGS": b"a,b", "FALCO_UUID": b"u",
        "FALCO_FIELD_FD_NAME": b"/x\ny=1", "FALCO_FIELD_PROC_ANAME_2": b"a", "FALCO_FIELD_N": b"5",
        "FALCO_FIELD_LIST": b'["a", 1]',
    }  # fmt: skip
    with pytest.raises(PysysdigError, match="journald: .*/j: Connection refused"):
        out.send([alert], ["x\n"])
