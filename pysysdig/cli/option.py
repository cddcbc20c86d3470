"""One option of a command line, and a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.cli.meanings import Refuse

if TYPE_CHECKING:
    from pysysdig.cli.meanings import Meaning

NONE, REQUIRED, OPTIONAL = 0, 1, 2  # whether an option takes an argument


class Option(NamedTuple):
    """One option.

    key      what it is called inside
    short    one letter, or ""
    long     name without dashes, or ""
    arg      NONE, REQUIRED or OPTIONAL (OPTIONAL arguments are glued: `-B/path`, `--list=syscall`)
    metavar  name of the argument in texts
    group    heading in --help and the manual page
    help     one or two sentences
    meaning  what it does
    short_arg  as `arg`, where the short form differs from the long one
    """

    key: str
    short: str
    long: str
    arg: int
    metavar: str
    group: str
    help: str
    meaning: Meaning
    short_arg: int | None = None

    @property
    def takes(self) -> int:
        """Whether the short form takes an argument."""
        return self.arg if self.short_arg is None else self.short_arg

    @property
    def flag(self) -> str:
        """How messages call the option."""
        return "-" + self.short if self.short else "--" + self.long

    @property
    def refuse(self) -> str:
        """Why it cannot be used, "" if it can."""
        return self.meaning.why if isinstance(self.meaning, Refuse) else ""


class OptionTable:
    """The options of a command, to be found by their names."""

    __slots__ = ("by_long", "by_short", "options")

    def __init__(self, options: Sequence[Option]) -> None:
        self.options = tuple(options)
        self.by_short = {o.short: o for o in options if o.short}
        self.by_long = {o.long: o for o in options if o.long}
