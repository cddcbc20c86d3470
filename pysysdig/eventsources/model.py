"""The interface of event sources: what Falco calls a plugin, in Python (docs/sources.md).

A package that has one names a subclass of EventSource, or an object, in the entry points `pysysdig.sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pysysdig.eventsources.shape import ANY, Shape

# how the argument of a field is written: there is none, `[2]` if one likes, `[text]` always
NO_ARGUMENT, INDEX, TEXT = "none", "index", "text"


class Event(NamedTuple):
    """An event of a source.

    time     ns since the epoch
    data     what is kept of it in captures: `decode` makes `decoded` of it again
    decoded  what fields are given
    """

    time: int
    data: bytes
    decoded: Any


class SourceField(NamedTuple):
    """A field of a source.

    get       get(decoded event, argument) -> its value: text, or int, bool or float by `type`, or a sequence of texts where it
              `is_list`; None: the event has none. The argument is None, an int (INDEX) or text (TEXT)
    type      a parameter type without PT_: CHARBUF, UINT64, INT64, BOOL, DOUBLE, RELTIME, ABSTIME
    show      as get, where what is shown is something else than what filters look at
    """

    name: str
    desc: str
    get: Callable[[Any, Any], Any]
    type: str = "CHARBUF"
    is_list: bool = False
    argument: str = NO_ARGUMENT
    show: Callable[[Any, Any], Any] | None = None


class EventSource:
    """Base of sources.

    name         as rules and evt.source have it: a word
    plugin       the name that `required_plugin_versions`, `load_plugins` and evt.pluginname have
    id           of the plugin, in captures: 1 to 2^32 - 1; Falco's registry of plugins says which are taken
    version      of the plugin whose events and fields these are
    description  one line
    fields       those of its events
    shape        what a record looks like that a test of rules says (shape.py); ANY: it is not checked
    """

    name = ""
    plugin = ""
    id = 0
    version = "0.1.0"
    description = ""
    fields: Sequence[SourceField] = ()
    shape: Shape = ANY

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to 64 KiB, at least one whole line if it has one) holds events of this
        source, one a line."""
        return False

    def events(self, record: bytes) -> Iterable[Event]:
        """The events of a line of a file, without its line end, or of the body of a request. Raises ValueError (what is wrong, in
        a few words) for what is none: nothing of the record is used then."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        """What fields are given, out of what captures keep. Raises ValueError."""
        raise NotImplementedError

    def completed(self, given: Any, time: int) -> Any:
        """A record of a synthetic test, of which the test has said `given` (from JSON): with what such a record has to have.
        time: ns."""
        return given

    def info(self, decoded: Any) -> str:
        """The event in one line: evt.plugininfo."""
        return str(decoded)

    def provides(self) -> Mapping[str, str]:
        """The plugins that this stands for, and their versions."""
        return {self.plugin: self.version}

    def catalogues(self) -> Mapping[str, Sequence[SourceField]]:
        """The fields by the name of a catalogue, the source's own first. There may be others, for older rules."""
        return {self.name: self.fields}

    def catalogue_for(self, plugins: Iterable[str]) -> str:
        """The name of the catalogue for rules whose files require these plugins."""
        return self.name
