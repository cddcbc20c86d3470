"""What the arguments of options may be, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysysdig.cli import values
from pysysdig.errors import UsageError

Parse = Callable[[str], object]
_SIZE = values.positive("size", 1_000_000)
_WIDTH = values.between("--width", 40, 100)


@pytest.mark.parametrize("parse, text, value", [
    (values.count, "1", 1), (values.count, " +007", 7), (values.count, str((1 << 64) - 1), (1 << 64) - 1),
    (values.duration, "5", 5 * 10**9), (values.duration, "5s", 5 * 10**9), (values.duration, "9" * 30, ((1 << 31) - 1) * 10**9),
    (values.snaplen, "0", 0), (values.snaplen, "80", 80), (values.snaplen, "x", 0),
    (values.megabytes, "1", 1 << 20), (values.megabytes, "1024", 1 << 30),
    (values.time_type, "D", "D"), (values.log_level, "debug", "debug"), (values.source, "syscall", "syscall"),
    (values.write_format, "scap", "scap"), (values.write_format, "pscap", "pscap"),
    (values.position, "0", 0), (values.position, "12", 12),
    (_WIDTH, "40", 40), (_WIDTH, "0100", 100),
    (_SIZE, "3", 3_000_000), (_SIZE, "9" * 30, 10**18),
    (values.priority, "Warning", 4), (values.priority, "debug", 7),
])  # fmt: skip
def test_values(parse: Parse, text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("parse, texts", [
    (values.count, ("", "x", "1x", "-1", "0", "1.5", str(1 << 64), "٣")),
    (values.duration, ("", "x", "0", "-1")),
    (values.snaplen, ("-1", "-80x")),
    (values.megabytes, ("", "0", "3", "2048", "-1", "1x", " 1", "00001")),
    (values.time_type, ("", "x", "hh", "H")),
    (values.log_level, ("", "DEBUG")),
    (values.source, ("", "aws_cloudtrail")),
    (values.write_format, ("", "pcap")),
    (values.position, ("", "-1", "x")),
    (_SIZE, ("", "0", "-1", "x")),
    (values.priority, ("", "nosuch")),
])  # fmt: skip
def test_others_are_refused_with_one_line(parse: Parse, texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(UsageError) as caught:
            parse(text)
        assert "\n" not in str(caught.value) and len(str(caught.value)) > 10


def test_what_there_is_is_said() -> None:
    with pytest.raises(UsageError, match="scap or pscap"):
        values.write_format("x")
    with pytest.raises(UsageError, match="emergency, alert, critical"):
        values.priority("x")
    with pytest.raises(UsageError, match="invalid size 0"):
        _SIZE("0")


@pytest.mark.parametrize("text", ["39", "101", "-1", "x", "", "4 0", "\u0664\u0665", "9" * 5000])
def test_a_number_that_is_not_between_names_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="^--width takes a number from 40 to 100, not "):
        _WIDTH(text)
