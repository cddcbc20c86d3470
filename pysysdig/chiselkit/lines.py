"""Text for each event of a batch, put together by columns: only when it is printed, and then at once (render/pieces.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

import numpy as np

from pysysdig.chiselkit.events import Batch
from pysysdig.events.column import CutColumn
from pysysdig.events.text import decoded, from_user
from pysysdig.render import pieces as parts
from pysysdig.render.pieces import Coded, Piece, code_column


class Lines(Sequence[str]):
    """A text for each of n events, from pieces of byte text. Whoever wants single ones gets them as str."""

    __slots__ = ("_n", "pieces")

    def __init__(self, pieces: list[Piece], n: int) -> None:
        self.pieces = pieces
        self._n = n

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return list(self)[index]

    def __iter__(self) -> Iterator[str]:
        return map(decoded, self.texts())

    def texts(self) -> list[str]:
        """All of them as byte text."""
        return parts.lines(self.pieces, self._n)

    def joined(self) -> str:
        """All of them as byte text, each with a line end."""
        return parts.assemble([*self.pieces, "\n"], self._n)


def told(batch: Batch, names: Sequence[str], tell: Callable[..., str]) -> Piece:
    """tell(values of some fields) of each event, as a piece: worked out once for each combination, if there are few."""
    codes, bound = np.zeros(len(batch), np.int64), 1
    for name in names:
        coded = code_column(batch.column(name))
        many = 0 if coded is None else len(coded[1])
        if coded is None or bound * many > 1 << 40:
            return _each(batch, names, tell)
        codes *= many
        codes += coded[0]
        bound *= many
    used, codes = parts.compact(codes, bound)
    first = np.empty(len(used), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # of several the last one counts
    some = batch.at(first)
    return Coded(codes, _each(some, names, tell))


def _each(batch: Batch, names: Sequence[str], tell: Callable[..., str]) -> list[str]:
    return [from_user(tell(*values)) for values in zip(*map(batch.values, names))]


def shown(batch: Batch, name: str) -> Piece:
    """A field of text, which no event lacks, as a piece."""
    column = batch.column(name)
    return column if isinstance(column, CutColumn) else column.tolist()
