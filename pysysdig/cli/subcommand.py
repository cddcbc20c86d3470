"""The command line of a single command: its options from a table, as those of sysdig's, and its --help."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pysysdig.cli.getopt import Arguments
from pysysdig.cli.meanings import Act, Draft
from pysysdig.cli.option import NONE, Option, OptionTable
from pysysdig.cli.options import OPTIONS
from pysysdig.cli.texts import usage

_HELP = Option("help", "h", "help", NONE, "", "", "Show this page.", Act("help"))


class Syntax(NamedTuple):
    """What a command takes.

    name      with the command it is a verb of: "rules validate"
    words     what else it takes, for the usage line: "FILE..."
    about     what it does
    options   its options; those that mean the same as sysdig's are taken from there (`borrowed`)
    """

    name: str
    words: str
    about: str
    options: tuple[Option, ...] = ()

    def parse(self, argv: Sequence[str]) -> tuple[Draft, list[str]] | None:
        """The settings and the words of a command line; None after --help, which has been answered. Raises UsageError."""
        line = Arguments(argv, OptionTable((*self.options, _HELP)))
        draft = Draft()
        for option, text in line:
            if option.meaning.take(draft, text, line) and draft.action == "help":
                from pysysdig.output.stream import say

                say(self.help())
                return None
        return draft, line.words

    def command(self, body: Callable[[Draft, list[str]], int]) -> Callable[[Sequence[str]], int]:
        """What a row of a table of commands calls: `body` with the settings and the words of a command line; its exit status, 0
        after --help."""

        @functools.wraps(body)
        def run(argv: Sequence[str]) -> int:
            parsed = self.parse(argv)
            return 0 if parsed is None else body(*parsed)

        return run

    def help(self) -> str:
        """The --help page."""
        from textwrap import fill

        rows = [(usage(option), option.help) for option in (*self.options, _HELP)]
        left = max(len(form) for form, _ in rows) + 4
        out = [f"Usage: pysysdig {self.name} [OPTIONS] {self.words}\n", fill(self.about, 100, initial_indent="  ") + "\n"]
        out += [fill(text, 100, initial_indent=f"  {form:<{left}}", subsequent_indent=" " * (left + 2)) for form, text in rows]
        return "\n".join(out) + "\n"


def borrowed(*keys: str) -> tuple[Option, ...]:
    """Options of sysdig's command line, by their keys."""
    by_key = {option.key: option for option in OPTIONS}
    by_key["json"] = by_key["json"]._replace(help="Print JSON.")
    return tuple(by_key[key] for key in keys)
