"""What a view is: its columns, how their values are summed up, where one gets from it (docs/reference/chisels.md, views)."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.errors import UsageError

TABLE, LIST, SPECTROGRAM = "table", "list", "spectrogram"
NONE, SUM, AVG, MAX, MIN, TIME_AVG = "", "SUM", "AVG", "MAX", "MIN", "TIME_AVG"  # TIME_AVG: per second
KEY, GROUP = "key", "group"  # roles of a column
CONTAINERS, PLAIN = "containers", "default"  # shown only with -pc, only without
REST = 0  # a column that takes the rest of the line

_AGGREGATIONS = (NONE, SUM, AVG, MAX, MIN, TIME_AVG)
_KINDS = (TABLE, LIST, SPECTROGRAM)


class Column(NamedTuple):
    """One column.

    title         shown above it; keys have none
    field         the field; `%depth` stands for how deep one is in nested spans
    width         in characters; REST: the rest of the line
    aggregation   how values of the same key combine: NONE keeps the first, text with MAX the last
    merge         how rows of the same group combine
    role          KEY: rows are by this field; GROUP: and these rows are merged by that one
    sort          rows are sorted by it to begin with
    only          CONTAINERS or PLAIN: part of the view only with, only without -pc
    filter_field  the field that a drill-down filters by, if it is another one
    child_only    the drill-down's filter holds for the next view alone
    """

    title: str
    field: str
    width: int = 8
    aggregation: str = NONE
    merge: str = NONE
    role: str = ""
    sort: bool = False
    only: str = ""
    filter_field: str = ""
    child_only: bool = False


class Action(NamedTuple):
    """A command for the selected row: `%field` in its words stands for the row's value. It is never given to a shell."""

    key: str
    command: str
    confirm: bool = False


class View(NamedTuple):
    """One view.

    kind              TABLE (rows by key), LIST (a row an event) or SPECTROGRAM
    filter            which events count
    defaults          events that lack a value count with zero or no text, and every thread has a row; without, they are left out
    root              whether it may be the first view
    drilldown         the view that Enter opens
    applies_to        the fields of which a selected value restricts this view; "" = the whole machine
    propagate_filter  whether the filter goes on to views that one drills down to
    deeper            whether drilling down goes one level deeper in nested spans
    """

    id: str
    name: str
    kind: str
    description: str
    columns: tuple[Column, ...]
    tags: tuple[str, ...] = ()
    filter: str = ""
    defaults: bool = False
    root: bool = False
    drilldown: str = ""
    applies_to: tuple[str, ...] = ("",)
    propagate_filter: bool = True
    deeper: bool = False
    actions: tuple[Action, ...] = ()


class Layout(NamedTuple):
    """The columns of a view in the order of a frame.

    key      what rows are by; None: a list
    columns  the rest; with a group, the group's column is first
    grouped  whether rows are merged by columns[0]
    sort     position in what is shown of the column to sort by
    """

    key: Column | None
    columns: tuple[Column, ...]
    grouped: bool
    sort: int

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that people see."""
        return self.columns[1:] if self.grouped else self.columns


def layout(view: View, containers: bool = False) -> Layout:
    """How a view is laid out, with or without -pc. Raises UsageError for a view that cannot be."""
    wrong = next((c for c in view.columns if c.aggregation not in _AGGREGATIONS or c.merge not in _AGGREGATIONS), None)
    if wrong is not None or view.kind not in _KINDS:
        what = f"column '{wrong.title or wrong.field}'" if wrong is not None else f"kind '{view.kind}'"
        raise UsageError(f"view {view.id}: {what} is none that views can have")
    columns = [c for c in view.columns if c.only in ("", CONTAINERS if containers else PLAIN)]
    keys = [c for c in columns if c.role == KEY]
    groups = [c for c in columns if c.role == GROUP]
    rest = [c for c in columns if not c.role]
    if not rest or len(keys) != (view.kind != LIST) or len(groups) > len(keys):
        raise UsageError(f"view {view.id}: a table has one key, at most one group and some other columns; a list has no key")
    sort = next((i for i, c in enumerate(rest) if c.sort), len(groups))
    return Layout(keys[0] if keys else None, (*groups, *rest), bool(groups), sort)


def sorted_by(plan: Layout, column: int | None) -> Layout:
    """The layout with another column to sort by, counted from 1 among those shown (None: as it is). Raises UsageError."""
    if column is None:
        return plan
    if not 1 <= column <= len(plan.shown):
        raise UsageError(f"there is no column {column} to sort by: there are {len(plan.shown)}")
    return plan._replace(sort=column - 1)


def at_depth(text: str, depth: int) -> str:
    """A field or filter of nested spans at one depth (the outermost is 0)."""
    for name, value in (("%depth+1", depth + 1), ("%depth-1", depth - 1), ("%depth", depth)):
        text = text.replace(name, str(value))
    return text
