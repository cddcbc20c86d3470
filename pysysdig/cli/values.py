"""What the arguments of options may be: each function makes a value of a text, or raises UsageError."""

from __future__ import annotations

import re
from collections.abc import Callable

from pysysdig.cli.numbers import leading_int
from pysysdig.errors import UsageError
from pysysdig.sources.formats import written

LOG_LEVELS = ("trace", "debug", "info", "notice", "warning", "error", "critical", "fatal")
_U64 = 1 << 64
_I32 = (1 << 31) - 1
_MOST = 10**12  # of anything: a million million events, megabytes, seconds, files


def count(text: str) -> int:
    """-n."""
    number = leading_int(text, _U64) if re.fullmatch(r"\s*\+?[0-9]+", text, re.ASCII) else None
    if number is None or number >= _U64:
        raise UsageError("can't parse the -n argument, make sure it's a number")
    if number == 0:
        raise UsageError(f"invalid event count {text}")
    return number


def between(option: str, least: int, most: int) -> Callable[[str], int]:
    """A number of this option, from `least` to `most`."""

    def number(text: str) -> int:
        if re.fullmatch("[0-9]{1,18}", text, re.ASCII) is None or not least <= int(text) <= most:
            raise UsageError(f"{option} takes a number from {least} to {most}, not {text}")
        return int(text)

    return number


JOBS = between("--jobs", 1, 256)


def duration(text: str) -> int:
    """-M: whole seconds, as ns."""
    seconds = leading_int(text, _I32) or 0
    if seconds <= 0:
        raise UsageError(f"invalid duration {text}")
    return seconds * 1_000_000_000


def snaplen(text: str) -> int:
    """-s: bytes."""
    length = leading_int(text, _I32) or 0
    if length < 0:
        raise UsageError(f"invalid snaplen {text}")
    return length


def megabytes(text: str) -> int:
    """--buffer-size, as bytes."""
    number = int(text) if re.fullmatch("[0-9]{1,4}", text, re.ASCII) else 0
    if number < 1 or number > 1024 or number & (number - 1):
        raise UsageError(f"invalid buffer size {text}: a power of two from 1 to 1024 (MB)")
    return number << 20


def time_type(text: str) -> str:
    """-t."""
    if text not in ("h", "a", "r", "d", "D"):
        raise UsageError("invalid modifier for flag -t")
    return text


def log_level(text: str) -> str:
    """--log-level."""
    if text not in LOG_LEVELS:
        raise UsageError(f"invalid log level {text}")
    return text


def source(text: str) -> str:
    """The source whose fields are listed."""
    if text not in sources():
        raise UsageError("value for --list must be a valid source type")
    return text


def sources() -> list[str]:
    """The names of all sources of events."""
    from pysysdig.eventsources.registry import names  # not before it is needed: start-up time

    return ["syscall", *names()]


def write_format(text: str) -> str:
    """--write-format."""
    names = [f.name for f in written()]
    if text not in names:
        raise UsageError(f"invalid format {text}: {' or '.join(names)}")
    return text


def position(text: str) -> int:
    """The number of a row, the first is 0."""
    number = leading_int(text, _MOST)
    if number is None or number < 0:
        raise UsageError(f"invalid row {text}")
    return number


def positive(what: str, unit: int = 1) -> Callable[[str], int]:
    """A number of `unit` above 0; `what` it is called in messages."""

    def parse(text: str) -> int:
        number = leading_int(text, _MOST)
        if number is None or number <= 0:
            raise UsageError(f"invalid {what} {text}")
        return number * unit

    return parse


def priority(text: str) -> int:
    """--fail-on: the number of a priority of rules. Raises UsageError."""
    from pysysdig.rules.model import PRIORITIES, parse_priority

    number = parse_priority(text)
    if number is None:
        raise UsageError(f"there is no priority {text}; there are {', '.join(name.lower() for name in PRIORITIES)}")
    return number
