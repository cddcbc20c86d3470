"""What an option does: each row of an option table carries one of these.

A `Draft` collects settings by concern and name ("run.count"); an option changes it and says whether the command line ends there,
as some of sysdig's do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from pysysdig.errors import UsageError

if TYPE_CHECKING:
    from pysysdig.cli.getopt import Arguments


class Draft:
    """Settings under way: `values` by "concern.name", and what is to be done. Only what was said is in it."""

    __slots__ = ("action", "argument", "values")

    def __init__(self) -> None:
        self.action = "run"
        self.argument = ""
        self.values: dict[str, Any] = {}

    def add(self, target: str, value: Any) -> None:
        """Append to a setting that is a tuple."""
        self.values[target] = (*self.values.get(target, ()), value)

    def of(self, concern: str) -> dict[str, Any]:
        """The settings of one concern by name."""
        start = concern + "."
        return {target[len(start) :]: value for target, value in self.values.items() if target.startswith(start)}

    def take(self, concern: str) -> dict[str, Any]:
        """The same, taken out: of a concern that no settings of runs have."""
        taken = self.of(concern)
        for name in taken:
            del self.values[f"{concern}.{name}"]
        return taken


class Meaning(Protocol):
    """What an option does."""

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        """Change the draft; True: this ends the command line. `text` is the option's argument, None if it has none. Raises
        UsageError."""


class Put:
    """A setting takes a value: a fixed one, or what `parse` makes of the argument."""

    __slots__ = ("_parse", "_targets", "_value")

    def __init__(self, *targets: str, value: Any = True, parse: Callable[[str], Any] | None = None) -> None:
        self._targets = targets
        self._value = value
        self._parse = parse

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        for target in self._targets:
            draft.values[target] = self._value if self._parse is None else self._parse(text or "")
        return False


class Add:
    """A setting gets one more entry: what `parse` makes of the argument."""

    __slots__ = ("_parse", "_target")

    def __init__(self, target: str, parse: Callable[[str], Any] = str) -> None:
        self._target = target
        self._parse = parse

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        draft.add(self._target, self._parse(text or ""))
        return False


class Act:
    """Something else is to be done than a run; `ends`: and nothing that follows counts."""

    __slots__ = ("_action", "_ends", "_parse")

    def __init__(self, action: str, *, ends: bool = True, parse: Callable[[str], str] = str) -> None:
        self._action = action
        self._ends = ends
        self._parse = parse

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        draft.action = self._action
        if text:
            draft.argument = self._parse(text)
        return self._ends


class Call:
    """A function of the draft, the argument and the rest of the line does it."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Draft, str, Arguments], bool]) -> None:
        self._function = function

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        return self._function(draft, text or "", line)


class Ignore:
    """Nothing, for compatibility."""

    __slots__ = ()

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        return False


class Refuse:
    """The option is recognised, the command line is refused with this text."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def take(self, draft: Draft, text: str | None, line: Arguments) -> bool:
        raise UsageError(self.why)
