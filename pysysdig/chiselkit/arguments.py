"""Arguments of chisels: declaration, and the one word of the command line that carries them.

The word is split at blanks; text in ' or ` stays together (docs/reference/chisels.md 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pysysdig.errors import ChiselError, FilterError, UsageError

STRING, INT, ADDRESS, FILTER, FIELD = "string", "int", "ipv4", "filter", "field"
TYPES = (STRING, INT, ADDRESS, FILTER, FIELD)
MAX_LENGTH = 1 << 16


class Arg:
    """One argument of a chisel, declared as a class attribute:

        min_ms = Arg("minimum latency in milliseconds", type=INT)
        by = Arg("what to sort by", optional=True, default="ncalls", choices=("ncalls", "time", "bytes"))

    In an instance the attribute holds the value: a number for INT, text for all others, `default` if it is not given.
    Required arguments come before optional ones.

    type      STRING, INT (any number), ADDRESS, FILTER (a filter expression) or FIELD (the name of a field)
    label     how the type is called in `-i`, if not by its name
    """

    __slots__ = ("choices", "default", "description", "label", "name", "optional", "type")

    def __init__(
        self,
        description: str,
        *,
        type: str = STRING,
        optional: bool = False,
        default: Any = None,
        choices: Sequence[str] = (),
        label: str = "",
    ) -> None:
        if type not in TYPES:
            raise ChiselError(f"argument of the unknown type {type!r}; there are {', '.join(TYPES)}")
        self.name = ""
        self.description = description
        self.type = type
        self.optional = optional
        self.default = default
        self.choices = tuple(choices)
        self.label = label or type

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self  # of the class; instances have their values

    def convert(self, value: str) -> Any:
        """The value of what was typed; UsageError if it cannot be one."""
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.name} must be {' or '.join(self.choices)}, not '{value}'")
        if self.type == INT:
            return _number(self.name, value)
        if self.type == FIELD:
            _check_fields(value)
        return value


def _number(name: str, value: str) -> float:
    from pysysdig.chiselkit.text import parsed

    got = parsed(value)
    if got is None or abs(got) > 1e300:
        raise UsageError(f"Input {name} must be a number, not '{value}'.")
    return got


def _check_fields(value: str) -> None:
    from pysysdig.events.text import from_user
    from pysysdig.fields.lookup import lookup

    for name in value.split(","):
        lookup(from_user(name))


def split(word: str) -> list[str]:
    """The arguments in a word of the command line; UsageError if a quote is left open."""
    word = word.strip(" \t\r\n")
    if not word:
        return []
    if len(word) > MAX_LENGTH:
        raise UsageError("the arguments of a chisel are too long")
    out: list[str] = []
    current: list[str] = []
    quoted = False
    for char in word:
        if char == " " and not quoted:
            out.append("".join(current))
            current = []
        elif char in "'`":
            quoted = not quoted
        else:
            current.append(char)
    if quoted:
        raise UsageError("a quote is left open")
    return [*out, "".join(current)]


def usage(name: str, args: Sequence[Arg]) -> str:
    """How the chisel is called: `-c fileslower "MIN_MS [DISABLE_COLOR]"`."""
    words = [f"[{a.name.upper()}]" if a.optional else a.name.upper() for a in args]
    if not words:
        return f"-c {name}"
    return f'-c {name} "{" ".join(words)}"' if len(words) > 1 else f"-c {name} {words[0]}"


def parse(name: str, args: Sequence[Arg], word: str) -> dict[str, Any]:
    """The values of all arguments by name. Raises UsageError, naming the chisel and how it is used."""
    required = sum(not a.optional for a in args)
    try:
        given = split(word)
        if len(given) < required:
            raise UsageError(f"wrong number of parameters for chisel {name}, {required} required, {len(given)} given")
        if len(given) > len(args):
            raise UsageError(
                f"too many parameters for chisel {name}, {required} required, {len(args) - required} optional, {len(given)} given"
            )
        values = {a.name: a.default for a in args}
        values.update({a.name: a.convert(value) for a, value in zip(args, given)})
    except UsageError as error:
        text = str(error) if f"chisel {name}" in str(error) else f"chisel {name}: {error}"
        raise UsageError(f"{text}\nusage: {usage(name, args)}") from None
    except FilterError as error:
        raise FilterError(f"chisel {name}: {error.message}", error.text, error.index, error.hint) from None
    return values
