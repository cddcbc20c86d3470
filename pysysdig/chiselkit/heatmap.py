"""Heat maps in the terminal: one row a refresh, a colour for how many events fell on each column (drawn with rich)."""

from __future__ import annotations

import io
import math

import numpy as np
import numpy.typing as npt

from pysysdig.chisel import INT, Arg, Chisel, ChiselError
from pysysdig.chiselkit.screen import HIDE_CURSOR, SHOW_CURSOR, dimensions

# colour numbers of a 256 colour terminal, from cold to hot
_HEAT = (22, 28, 64, 34, 2, 76, 46, 118, 154, 191, 227, 226, 11, 220, 209, 208, 202, 197, 9, 1)
_SHADES = " ░▒░"  # of the hotter colour over the colder; beyond three quarters the two change places
_BASE = math.log10(1.6)


def shade(rate: float) -> tuple[int, int, str]:
    """(foreground, background, character) for a number of events per second, on a logarithmic scale."""
    heat = min(max(math.log10(rate + 1) / _BASE, 1), len(_HEAT))
    low, high = _HEAT[math.floor(heat) - 1], _HEAT[math.ceil(heat) - 1]
    part = heat - math.floor(heat)
    char = _SHADES[math.floor(part * len(_SHADES))]
    return (low, high, char) if part <= 0.75 else (high, low, char)


class HeatMap(Chisel):
    """Base: subclasses say on which column events fall, `refresh_time` is the time of a row in milliseconds."""

    category = "CPU Usage"
    refresh_time = Arg("time between two rows, in milliseconds", type=INT, optional=True)

    def configure(self) -> None:
        if not self.run.terminal:
            raise ChiselError("This chisel only works on ANSI terminals. Aborting.")
        if self.refresh_time <= 0:
            raise ChiselError("the refresh time must be above 0")
        self.interval = self.refresh_time / 1000

    def on_start(self) -> None:
        self._fit(self.run.width)
        self.write(HIDE_CURSOR.encode())

    def _fit(self, width: int) -> None:
        """Draw rows of this width from now on."""
        from rich.console import Console

        self.width = width
        self._fresh = True
        self._counts: npt.NDArray[np.int64] = np.zeros(self.width, np.int64)
        self._text = io.StringIO()
        self._console = Console(
            file=self._text, force_terminal=True, color_system="256", width=self.width, legacy_windows=False, highlight=False
        )
        self.scale = self._scale()

    def count(self, columns: npt.NDArray[np.int64]) -> None:
        """Count events by their columns."""
        self._counts += np.bincount(np.clip(columns, 0, self.width - 1), minlength=self.width)

    def label(self, column: int) -> str:
        """The text of the scale that begins at this column, "" for none."""
        raise NotImplementedError

    def on_interval(self, seconds: float) -> None:
        from rich.style import Style
        from rich.text import Text

        row = Text(end="")
        for count in self._counts.tolist():
            if count:
                front, back, char = shade(count / self.interval)
                row.append(char, Style.parse(f"color({front}) on color({back})"))
            else:
                row.append(" ", Style.parse("on color(0)"))
        self._text.seek(0)
        self._text.truncate()
        self._console.print(row, end="")
        above = "" if self._fresh else "\x1b[1F"  # over the last scale, which then comes again below
        self.write(f"{above}{self._text.getvalue()}\x1b[0m\n{self.scale}\n".encode())
        self._fresh = False
        self._counts[:] = 0
        width = dimensions()[0]
        if width != self.width:
            self._fit(width)

    def _scale(self) -> str:
        out = ""
        while len(out) < self.width:
            text = self.label(len(out))
            out += text if text and len(out) + len(text) <= self.width else " "
        return out

    def on_end(self) -> None:
        self.on_interval(0)
        self.write(("\x1b[0m\n" + SHOW_CURSOR).encode())
