"""The field registry: names, types, arguments, and how to get each field as a column.

The table of names comes from `_field_table.py` (generated); the modules of this package attach the functions with
`@field(...)`. A field without a function is known but yields nothing (metadata that no source here provides).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, missing
from pysysdig.fields._field_table import FIELDS, PLUGIN_FIELDS
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state.levels import EVENT

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Getter = Callable[["EventView", Sel, "FieldRef"], Column]


class Field:
    """One field.

    type, fmt   parameter type and print format names without PT_/PF_ (of the union: current first)
    flags       EPF_* names without the prefix: FILTER_ONLY, ARG_REQUIRED, ARG_ALLOWED, ARG_INDEX, ARG_KEY, IS_LIST ...
    needs       EVENT, THREAD, FD, COUNTERS or ORDERS
    get         get(view, sel, ref) -> Column of len(sel); None: never has a value
    show        as get, where display differs from what filters look at (proc.aname without an index); None: it does not
    """

    __slots__ = ("cls", "desc", "fmt", "flags", "get", "name", "needs", "show", "type", "use", "versions", "by_version")

    def __init__(self, name: str, cls: str, use: str, desc: str, versions: tuple[str, ...], by_version: dict[str, Any]) -> None:
        self.name = name
        self.cls = cls
        self.use = use
        self.desc = desc
        self.versions = versions
        self.by_version = by_version
        self.type: str
        self.fmt: str
        newest = by_version.get("current_libs") or by_version.get("current_container_plugin")
        self.type, self.fmt, flags = newest or by_version.get("libs_0_15_1") or next(iter(by_version.values()))
        self.flags = frozenset(flags)
        self.get: Getter | None = None
        self.show: Getter | None = None
        self.needs = EVENT

    @property
    def is_list(self) -> bool:
        """Whether the field yields a list of values."""
        return "IS_LIST" in self.flags


class FieldRef:
    """One use of a field in a filter or a format, with its argument.

    arg      None, an int (`[2]`) or byte text (`[PATH]`, `evt.arg.name` -> "name")
    options  how values are rendered
    early    a filter asks: in OLD it looks at events that do not change state before these are parsed
    state    dict of this use alone (evt.deltatime keeps the previous time here)
    """

    __slots__ = ("arg", "early", "field", "options", "state", "text")

    def __init__(self, field: Field, arg: int | str | None, text: str, options: RenderOptions = PLAIN) -> None:
        self.field = field
        self.arg = arg
        self.text = text
        self.options = options
        self.early = False
        self.state: dict[str, Any] = {}

    @property
    def refs(self) -> tuple[FieldRef, ...]:
        """The fields that are used: this one."""
        return (self,)

    def rendered(self, options: RenderOptions) -> FieldRef:
        """The same use, what it keeps included, rendered in another way."""
        other = FieldRef(self.field, self.arg, self.text, options)
        other.state = self.state
        return other

    def column(self, view: EventView, sel: Sel) -> Column:
        """The values for the events at positions `sel` (int64 array, ascending) of the view's batch."""
        if self.field.get is None:
            return missing(len(sel))
        return self.field.get(view, sel, self)

    def shown(self, view: EventView, sel: Sel) -> Column:
        """The values to display; as `column` for almost all fields."""
        return self.column(view, sel) if self.field.show is None else self.field.show(view, sel, self)


def _build() -> dict[str, Field]:
    return {row[0]: Field(*row) for row in FIELDS}


REGISTRY: dict[str, Field] = _build()


def field(name: str, needs: int = EVENT) -> Callable[[Getter], Getter]:
    """Attach a function to the field `name`; KeyError if the table does not know it."""

    def attach(fn: Getter) -> Getter:
        f = REGISTRY[name]
        f.get = fn
        f.needs = needs
        return fn

    return attach


def display(name: str) -> Callable[[Getter], Getter]:
    """Attach a function for display only to the field `name`; KeyError if the table does not know it."""

    def attach(fn: Getter) -> Getter:
        REGISTRY[name].show = fn
        return fn

    return attach


__all__ = ["PLUGIN_FIELDS", "REGISTRY", "Field", "FieldRef", "display", "field"]
