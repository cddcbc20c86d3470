"""Printing: formats, JSON, colours, what is left out."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.printed import numbers
from tests.conftest import Call


def test_json(call_cli: Call, demo: Path) -> None:
    lines = call_cli("-r", demo, "-j", "-p", "*%proc.name %evt.num%fd.name", "evt.type in (openat, brk)").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert all(list(row) == ["evt.num", "fd.name", "proc.name"] for row in rows)
    assert {type(row["evt.num"]) for row in rows} == {int} and {type(row["fd.name"]) for row in rows} == {str, type(None)}
    assert b" " not in lines[0]


def test_missing_fields_suppress_lines(call_cli: Call, demo: Path) -> None:
    without = call_cli("-r", demo, "-p", "%evt.num %fd.name").stdout
    with_ = call_cli("-r", demo, "-p", "*%evt.num %fd.name").stdout
    assert b"<NA>" not in without
    assert without.splitlines() == [line for line in with_.splitlines() if not line.endswith(b"<NA>")]


def test_constant_and_width(call_cli: Call, demo: Path) -> None:
    shown = len(call_cli("-r", demo, "-n", "300").stdout.splitlines())
    assert call_cli("-r", demo, "-n", "300", "-p", "plain").stdout == b"plain\n" * shown
    # widths pad and cut
    out = call_cli("-r", demo, "-p", r"%7evt.type|%3evt.type\t%12evt.num|", "evt.num=1000").stdout
    assert out == b"openat |ope\t1000        |\n"


def test_transformers(call_cli: Call, demo: Path) -> None:
    arguments = ["-r", demo, "-p", "%toupper(proc.name)-%4len(fd.name)%basename(fd.name)", "evt.num=1724"]
    assert call_cli(*arguments).stdout == b"CAT-16  ld.so.cache\n"
    assert call_cli("-j", *arguments).stdout == (
        b'{"basename(fd.name)":"ld.so.cache","len(fd.name)":16,"toupper(proc.name)":"CAT"}\n'
    )


def test_display_filter(call_cli: Call, demo: Path) -> None:
    shown = numbers(call_cli("-r", demo, "-d", "-n", "1500", "evt.type=openat").stdout)
    assert shown and max(shown) <= 1600
    assert b"> rt_sigaction " in call_cli("-r", demo, "-d", "-q", "-S", "evt.type=openat").stdout


def test_colours_are_reset(call_cli: Call, demo: Path) -> None:
    out = call_cli("-r", demo, "-p", r"\e[31m%evt.num", "evt.num=1000").stdout
    assert out == b"\x1b[31m1000\n\x1b[00m"


def test_quiet_and_summary(call_cli: Call, demo: Path) -> None:
    assert call_cli("-r", demo, "-q").stdout == b""
    table = call_cli("-r", demo, "-qS", "evt.type=openat").stdout.decode().splitlines()
    assert table[:3] == ["-" * 22, "Event           #Calls", "-" * 22]
    assert sorted(line.split() for line in table[3:]) == [["<", "openat", "254"], [">", "openat", "254"]]
