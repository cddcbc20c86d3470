"""What a test file says (docs/workbench.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pysysdig.events.text import from_user
from pysysdig.filter.regex import Regex
from pysysdig.rules.yamldoc import Node
from pysysdig.workbench.reading import Place

ANY, NONE = "any", "none"
EVENT_KEYS = ("id", "by", "user", "at", "repeat", "every", "n")  # what an event has beside what happens
CURRENT_EVENTS, ENTER_EXIT = "current", "enter-exit"  # how a call is written: one event, or two
ENTER_EVENTS = "enter-events"  # rules see the first of two, too (mode)


class Match(NamedTuple):
    """What a text has to be: `how` in words, and the test."""

    how: str
    fits: Callable[[str], bool]


class Want(NamedTuple):
    """Alerts that are expected of one rule.

    least, most  how many of them; most None: any number
    fields       what each of them has to have by field
    output       what its text has to be (without time and priority); None: anything
    at           ids of the events they have to be at, or what happens there, with wildcards; () = anywhere
    strict       they come after those of the expectation before
    """

    rule: str
    line: int
    least: int = 1
    most: int | None = 1
    fields: dict[str, Match] = {}
    output: Match | None = None
    at: tuple[str, ...] = ()
    strict: bool = False

    def number(self) -> str:
        """How many are expected, in words."""
        if self.most is None:
            return f"at least {self.least}"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


class Reason(NamedTuple):
    """Why no alert is expected at an event: an exception applies.

    at    the id of the event; rule: whose exception, "" the one that has it; row: of its values, -1 any
    """

    at: str
    line: int
    exception: str
    row: int
    rule: str


class Case(NamedTuple):
    """One test.

    node      its mapping, with the values of its row of `cases` put in; place: the file
    trace     path of the fixture, "" for synthetic events; sha256: its pin; filter: of its events
    mode      how rules see captures of two events a call: CURRENT_EVENTS (as one) or ENTER_EVENTS
    generation  how synthetic events are written: CURRENT_EVENTS or ENTER_EXIT
    dns       addresses of domain names; others have none
    reasons   why nothing is expected
    wants     what is expected; others: ANY, NONE or names of rules whose alerts do not matter
    rules     files; appended: text of one more; only, disabled, enabled: rules
    skip, xfail  reasons
    """

    name: str
    line: int
    place: Place
    node: Node
    machine: Node | None
    trace: str
    sha256: str
    filter: str
    mode: str
    generation: str
    dns: tuple[tuple[str, tuple[bytes, ...]], ...]
    reasons: tuple[Reason, ...]
    wants: tuple[Want, ...]
    others: str | tuple[str, ...]
    rules: tuple[str, ...]
    appended: str
    config: dict[str, Any]
    only: tuple[str, ...]
    enabled: tuple[str, ...]
    disabled: tuple[str, ...]
    tags: tuple[str, ...]
    skip: str
    xfail: str


class Suite(NamedTuple):
    """The tests of one file."""

    path: str
    cases: tuple[Case, ...]


class Raised(NamedTuple):
    """An alert that was raised: at which event (number, and in a synthetic test its id, if it has one, and what happens), its
    text and the fields asked for."""

    rule: str
    event: int
    id: str
    what: str
    text: str
    fields: dict[str, str]


def exactly(text: str) -> Match:
    """This text."""
    return Match(text, lambda got: got == text)


def one_of(texts: tuple[str, ...]) -> Match:
    """One of these texts."""
    return Match(f"one of {', '.join(texts)}", lambda got: got in texts)


def beginning(text: str) -> Match:
    """A text that begins so."""
    return Match(f"{text}...", lambda got: got.startswith(text))


def containing(text: str) -> Match:
    """A text with this in it."""
    return Match(f"...{text}...", lambda got: text in got)


def like(pattern: str) -> Match:
    """A text in which a regular expression of filters (RE2's syntax, linear in the text) is found. Raises RegexError."""
    Regex(from_user(pattern))  # alone: what closes a bracket that it has not opened is wrong
    whole = Regex(from_user(rf"(.|\n)*({pattern})(.|\n)*"))
    return Match(f"/{pattern}/", lambda got: whole.fullmatch(from_user(got)))
