"""What chisels print, on its way out: byte text, fit for terminals and JSON, kept until all chisels have seen the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pysysdig.chiselkit.lines import Lines
from pysysdig.output.terminal import coloured, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_MAX_WAITING = 1 << 20  # pieces of output that wait


class Destination(Protocol):
    """Where it goes (chisel.RunInfo)."""

    terminal: bool
    json: bool


class Printed:
    """What a chisel has printed.

    waiting  (position of the event, byte text), until all chisels have seen the batch
    flush    hands out what waits; called, too, where that grows beyond measure
    alone    nobody else prints in between
    """

    __slots__ = ("_to", "alone", "flush", "waiting")

    def __init__(self, to: Destination) -> None:
        self._to = to
        self.waiting: list[tuple[int, str]] = []
        self.flush: Callable[[], None] = self.waiting.clear
        self.alone = True

    def put(self, position: int, printed: str) -> None:
        """Add byte text as it is."""
        self.waiting.append((position, printed))
        if len(self.waiting) >= _MAX_WAITING:
            self.flush()

    def put_lines(self, sel: Ints, lines: Sequence[str | None], encoded: bool) -> None:
        """Add a line for each event at the positions `sel` (None: nothing). encoded: they are byte text."""
        if isinstance(lines, Lines):
            if self.alone and len(lines):
                self.put(int(sel[-1]), self._fit(lines.joined()))
                return
            lines = lines.texts()
        fit = self._fit if encoded else self.byte_text
        if self.alone:  # nobody else prints in between
            some = [line for line in lines if line is not None]
            if some:
                self.put(int(sel[-1]), fit("\n".join(some) + "\n"))
            return
        for position, line in zip(sel.tolist(), lines):
            if line is not None:
                self.put(position, fit(line) + "\n")

    def byte_text(self, printed: str) -> str:
        """Printed text as byte text, fit for where it goes."""
        if not printed.isascii():
            printed = printed.encode("utf-8", "surrogateescape").decode("latin-1")
        return self._fit(printed)

    def _fit(self, printed: str) -> str:
        """Byte text fit for where it goes. Line ends stay, and nothing reaches across them: lines may come joined."""
        if not self._to.terminal:
            return printed
        return printable_json(printed) if self._to.json else coloured(printed)
