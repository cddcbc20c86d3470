"""GNU getopt_long over an option table.

Short options may be bundled (`-qS`) and carry their argument glued (`-p"%evt.num"`) or as the next word; long ones take
`--name=value` or `--name value` and may be shortened as long as they stay unambiguous. Options and filter words mix in
any order; `--` ends the options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pysysdig.cli.option import NONE, REQUIRED, Option, OptionTable
from pysysdig.errors import UsageError


class Arguments:
    """A command line under way: iterate for (Option, value or None); afterwards `words` holds the rest in order.

    Raises UsageError at the first thing that is not an option of the table. `following` is the next word of the command line
    at any moment of the iteration (a chisel takes its argument from there, see `take`).
    """

    __slots__ = ("_argv", "_next", "_table", "words")

    def __init__(self, argv: Sequence[str], table: OptionTable) -> None:
        self._table = table
        self._argv = list(argv)
        self._next = 0
        self.words: list[str] = []

    @property
    def following(self) -> list[str]:
        """The words not looked at yet."""
        return self._argv[self._next :]

    def take(self) -> str:
        """Consume and return the next word, whatever it is."""
        word = self._argv[self._next]
        self._next += 1
        return word

    def __iter__(self) -> Iterator[tuple[Option, str | None]]:
        while self._next < len(self._argv):
            word = self.take()
            if word == "--":
                self.words += self.following
                self._next = len(self._argv)
            elif word.startswith("--"):
                yield self._long(word[2:])
            elif len(word) > 1 and word[0] == "-":
                yield from self._bundle(word[1:])
            else:
                self.words.append(word)

    def _bundle(self, letters: str) -> Iterator[tuple[Option, str | None]]:
        for i, letter in enumerate(letters):
            option = self._table.by_short.get(letter)
            if option is None:
                raise UsageError(f"invalid option -- '{letter}'")
            rest = letters[i + 1 :]
            if option.takes == NONE:
                yield option, None
                continue
            if rest:
                yield option, rest
            elif option.takes == REQUIRED:
                if self._next >= len(self._argv):
                    raise UsageError(f"option requires an argument -- '{letter}'")
                yield option, self.take()
            else:
                yield option, None
            return

    def _long(self, text: str) -> tuple[Option, str | None]:
        name, equals, value = text.partition("=")
        option = self._table.by_long.get(name)
        if option is None:
            found = [o for o in self._table.by_long.values() if o.long.startswith(name)]
            if not found:
                raise UsageError(f"unrecognized option '--{name}'")
            if len(found) > 1:
                names = " ".join(f"'--{o.long}'" for o in found)
                raise UsageError(f"option '--{name}' is ambiguous; possibilities: {names}")
            option = found[0]
        if option.arg == NONE and equals:
            raise UsageError(f"option '--{option.long}' doesn't allow an argument")
        if equals:
            return option, value
        if option.arg == REQUIRED:
            if self._next >= len(self._argv):
                raise UsageError(f"option '--{option.long}' requires an argument")
            return option, self.take()
        return option, None
