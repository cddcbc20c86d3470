"""Frames: the rows of a view at one moment. Never changed once made, so that they can be handed to whoever draws them."""

from __future__ import annotations

from typing import Any, NamedTuple

from pysysdig.views.model import Layout, View

# types whose values are numbers that can be summed up
NUMBERS = frozenset(
    {"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "RELTIME", "ABSTIME", "DOUBLE", "BOOL"}
)


class Kind(NamedTuple):
    """Type and print format of a field in the generation that a frame is of: names without PT_ and PF_."""

    type: str
    fmt: str

    @property
    def numeric(self) -> bool:
        """Whether its values can be summed up."""
        return self.type in NUMBERS


class Cell(NamedTuple):
    """A value, and of how many values it is the sum where it stands for their average (0: of none, a default)."""

    value: Any
    of: int = 1

    def mean(self) -> Any:
        """The average; that of whole numbers is whole, as csysdig sorts by it."""
        if self.of < 2:
            return self.value
        if isinstance(self.value, float):
            return self.value / self.of
        whole = abs(self.value) // self.of
        return whole if self.value >= 0 else -whole


class Row(NamedTuple):
    """key: value of the key field (of the group, where rows are merged); cells: one for each shown column."""

    key: Any
    cells: tuple[Cell, ...]


class Frame(NamedTuple):
    """view, layout   what it is a frame of
    kinds            of the shown columns
    key_kind         of the key, None for a list
    rows             in the order to show
    span             time that the events cover, ns
    cut              how many events belong to keys or rows that are not kept
    more             how many rows there are besides
    """

    view: View
    layout: Layout
    kinds: tuple[Kind, ...]
    key_kind: Kind | None
    rows: tuple[Row, ...]
    span: int
    cut: int = 0
    more: int = 0
