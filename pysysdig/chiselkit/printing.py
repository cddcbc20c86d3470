"""What chisels print, on its way out: byte text, fit for terminals and JSON, kept until all chisels have seen the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.chiselkit.lines import Lines
from pysysdig.output.terminal import coloured, printable_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from pysysdig.chisel import Chisel

    Ints = npt.NDArray[np.int64]

_MAX_WAITING = 1 << 20  # pieces of output that wait


def put_lines(chisel: Chisel, sel: Ints, lines: Sequence[str | None], encoded: bool) -> None:
    """Print a line for each event at the positions `sel` (None: nothing). encoded: they are byte text."""
    if isinstance(lines, Lines):
        if chisel.alone and len(lines):
            put(chisel, int(sel[-1]), _fit(chisel, lines.joined()))
            return
        lines = lines.texts()
    if chisel.alone:  # nobody else prints in between
        some = [line for line in lines if line is not None]
        if some:
            joined = "\n".join(some) + "\n"
            put(chisel, int(sel[-1]), _fit(chisel, joined) if encoded else byte_text(chisel, joined))
        return
    fit = _fit if encoded else byte_text
    for position, line in zip(sel.tolist(), lines):
        if line is not None:
            put(chisel, position, fit(chisel, line) + "\n")


def byte_text(chisel: Chisel, printed: str) -> str:
    """Printed text as byte text, fit for where it goes."""
    if not printed.isascii():
        printed = printed.encode("utf-8", "surrogateescape").decode("latin-1")
    return _fit(chisel, printed)


def _fit(chisel: Chisel, printed: str) -> str:
    """Byte text fit for where it goes. Line ends stay, and nothing reaches across them: lines may come joined."""
    if not chisel.run.terminal:
        return printed
    return printable_json(printed) if chisel.run.json else coloured(printed)


def put(chisel: Chisel, position: int, printed: str) -> None:
    """Add to the output, which never grows beyond measure."""
    chisel.out.append((position, printed))
    if len(chisel.out) >= _MAX_WAITING:
        chisel.flush()
