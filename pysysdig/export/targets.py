"""Where a table goes: a file, a series of files, or a topic of Kafka, by what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from pysysdig.errors import UsageError
from pysysdig.export.files import TableFile
from pysysdig.export.formats import format_of
from pysysdig.export.topic import SCHEME, Topic, parsed
from pysysdig.sources.files import Identities, Rotation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


class Target(Protocol):
    """Takes rows, in order. A context manager: what is not finished is given up.

    path   what it is called
    rows   how many it has taken
    """

    path: str

    @property
    def rows(self) -> int: ...

    def room(self, times: Ints) -> int:
        """How many of the rows of these times (ns, one at least) may be added next; one at least."""

    def add(self, part: Any) -> None:
        """A record batch or a list of tuples. Raises PysysdigError."""

    def tick(self) -> None:
        """A while has passed. Raises PysysdigError."""

    def finish(self, damage: str = "") -> None:
        """Everything is there; damage: but for what could not be read. Raises PysysdigError, too, if an earlier `add` did."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Taken(NamedTuple):
    """What a target takes: record batches (columnar) or lists of tuples; text without dictionaries (dense)."""

    columnar: bool
    dense: bool


def taken(path: str) -> Taken:
    """By a target of this name. Raises UsageError."""
    if path.startswith(SCHEME):
        arrow = parsed(path)[2]["format"] == "arrow"
        return Taken(columnar=arrow, dense=arrow)
    chosen = format_of(path)
    return Taken(columnar=chosen.columnar, dense=chosen.dense)


def target(path: str, head: Any, rotation: Rotation | None = None, read: Identities = frozenset()) -> Target:
    """The target of this name. head: a pyarrow.Schema if it takes record batches, else the names of columns; rotation: when the
    next file begins; read: files that are not to be written to. Raises UsageError, MissingExtra, PysysdigError."""
    rotates = rotation is not None and rotation.rotates
    if path.startswith(SCHEME):
        if rotates:
            raise UsageError("-C, -G and -e are for files, not for topics")
        return Topic(path, head)
    if rotation is not None and rotates:
        from pysysdig.export.series import Series

        return Series(path, head, rotation, read)
    return TableFile(path, head)
