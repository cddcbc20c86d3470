"""sysdig's command line grammar."""

from __future__ import annotations

import pytest

from pysysdig.cli.getopt import Arguments
from pysysdig.cli.options import OPTIONS, TABLE
from pysysdig.errors import UsageError


def parse(*argv: str) -> tuple[list[tuple[str, str | None]], str]:
    arguments = Arguments(argv, TABLE)
    found = [(option.key, value) for option, value in arguments]
    return found, " ".join(arguments.words)


@pytest.mark.parametrize(
    ("argv", "options", "rest"),
    [
        (["-r", "f", "a=b"], [("read", "f")], "a=b"),
        (["-rf"], [("read", "f")], ""),
        (["-p%evt.arg.name", "x"], [("format", "%evt.arg.name")], "x"),
        (["-qS"], [("quiet", None), ("summary", None)], ""),
        (["-qrf", "-S"], [("quiet", None), ("read", "f"), ("summary", None)], ""),
        (["-p", ""], [("format", "")], ""),
        (["a", "-q", "and", "-n", "3", "b"], [("quiet", None), ("count", "3")], "a and b"),
        (["-q", "--", "-n", "3"], [("quiet", None)], "-n 3"),
        (["--print=x=y"], [("format", "x=y")], ""),
        (["--print", "x"], [("format", "x")], ""),
        (["--numev", "4"], [("count", "4")], ""),
        (["--json", "-"], [("json", None)], "-"),
        (["-r", "-"], [("read", "-")], ""),
        (["-lv"], [("list", None), ("verbose", None)], ""),
        (["--list=syscall"], [("list", "syscall")], ""),
        (["--list", "syscall"], [("list", None)], "syscall"),
        (["-B", "x"], [("bpf", None)], "x"),
        (["-B/probe"], [("bpf", "/probe")], ""),
        (["-pc"], [("format", "c")], ""),
        (["-t", "a", "-t", "-d"], [("time", "a"), ("time", "-d")], ""),
    ],
)
def test_grammar(argv: list[str], options: list[tuple[str, str | None]], rest: str) -> None:
    assert parse(*argv) == (options, rest)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--badopt"], "unrecognized option '--badopt'"),
        (["-y"], "invalid option -- 'y'"),
        (["-qy"], "invalid option -- 'y'"),
        (["-r"], "option requires an argument -- 'r'"),
        (["--readfile"], "option '--readfile' requires an argument"),
        (["--json=x"], "option '--json' doesn't allow an argument"),
    ],
)
def test_errors(argv: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(*argv)
    assert str(error.value) == message


def test_ambiguous() -> None:
    with pytest.raises(UsageError, match="'--pr' is ambiguous; possibilities: '--print' "):
        parse("--pr", "x")


def test_table() -> None:
    assert len(TABLE.by_short) == sum(bool(o.short) for o in OPTIONS)
    assert len(TABLE.by_long) == sum(bool(o.long) for o in OPTIONS)
    assert len({o.key for o in OPTIONS}) == len(OPTIONS)
    for option in OPTIONS:
        assert option.help.endswith(".") and (option.metavar != "") == (option.arg != 0)


def test_following_and_take() -> None:
    arguments = Arguments(["-c", "chisel", "argument", "filter"], TABLE)
    for option, _ in arguments:
        assert option.key == "chisel" and arguments.following == ["argument", "filter"]
        assert arguments.take() == "argument"
    assert arguments.words == ["filter"]
