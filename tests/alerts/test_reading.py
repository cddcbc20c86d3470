"""Alerts from files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.reading import LONGEST, AlertFile
from pysysdig.errors import PysysdigError
from tests.alerts.test_parsed import BODY

LINE = json.dumps(BODY).encode()


def read(path: Path, data: bytes) -> tuple[list[Alert], int, int]:
    path.write_bytes(data)
    file = AlertFile(str(path))
    return list(file), file.others, file.cut


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        b"2026-11-29T08:00:00+0000 host falco[12]: " + LINE,
        b"<13>1 - {tag} " + LINE,
        b"2026-11-29T08:00:00.1Z stdout F " + LINE,
        json.dumps({"log": LINE.decode() + "\n", "stream": "stdout"}).encode(),
        json.dumps({"MESSAGE": LINE.decode(), "_HOSTNAME": "x"}).encode(),
        json.dumps({"MESSAGE": list(b"\x1b[0m " + LINE)}).encode(),
    ],
)
def test_what_stands_around_an_alert(tmp_path: Path, line: bytes) -> None:
    found, others, cut = read(tmp_path / "a", line + b"\n" + line)
    assert [(a.rule, a.hostname, a.fields) for a in found] == [("R", "h1", {"proc.pid": 77})] * 2
    assert others == cut == 0


def test_the_journal_with_alerts_as_text(tmp_path: Path) -> None:
    """As the journald output writes them where JSON is not asked for."""
    entry = {
        "MESSAGE": "16:31:56.746609046: Error File opened: /etc", "FALCO_RULE": "R", "FALCO_PRIORITY": "Error",
        "FALCO_TAGS": "b,a", "FALCO_SOURCE": "syscall", "FALCO_UUID": "u", "_HOSTNAME": "h2",
        "__REALTIME_TIMESTAMP": "1558107116746609",
    }  # fmt: skip
    (alert,), others, _ = read(tmp_path / "a", json.dumps(entry).encode())
    assert alert == Alert(1558107116746609000, 3, "R", "syscall", ("a", "b"), "h2", "File opened: /etc", {}, "u") and not others
    _, others, _ = read(tmp_path / "a", json.dumps({**entry, "FALCO_PRIORITY": "loud"}).encode())
    assert others == 1


def test_what_holds_none_is_counted(tmp_path: Path) -> None:
    bad = [
        b"Falco version: 0.43",
        b"{",
        b'{"rule": 5}',
        b"{}",
        b"{" * 100_000,
        b'"rule"',
        b'{"MESSAGE": 5}',
        b'{"log": [999]}',
        b"\xff",
        LINE[:-1] + b', "a": NaN, "b": ' + LINE + b"}",
        LINE[:-1] + b', "a": -1e999, "b": ' + LINE + b"}",
    ]
    found, others, _ = read(tmp_path / "a", b"\n".join([*bad, b"", b"  ", LINE]))
    assert len(found) == 1 and others == len(bad)


def test_lines_that_are_too_long(tmp_path: Path) -> None:
    long = LINE[:-1] + b" " * LONGEST + b"}"
    found, others, cut = read(tmp_path / "a", b"\n".join([long * 3, LINE, long]))
    assert (len(found), others, cut) == (1, 0, 2)
    fits = LINE[:-1] + b" " * (LONGEST - len(LINE) - 1) + b"}\n"
    assert len(fits) == LONGEST and len(read(tmp_path / "a", fits * 2)[0]) == 2


def test_compressed(tmp_path: Path) -> None:
    data = gzip.compress(LINE + b"\n" + LINE)
    assert len(read(tmp_path / "a", data)[0]) == 2
    with pytest.raises(PysysdigError, match="damaged or ends early"):
        read(tmp_path / "a", data[:-12])


def test_an_array(tmp_path: Path) -> None:
    found, others, _ = read(
        tmp_path / "a", json.dumps([BODY, {"a": 1}, 5, LINE.decode(), {**BODY, "a": float("inf")}, BODY], indent=1).encode()
    )
    assert (len(found), others) == (2, 4)
    with pytest.raises(PysysdigError, match="begins like a JSON array"):
        read(tmp_path / "a", b"[" * 100_000)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(PysysdigError, match=str(path)):
            list(AlertFile(str(path)))
