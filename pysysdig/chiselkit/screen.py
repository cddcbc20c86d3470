"""Where chisels print to: colours, the size of the terminal."""

from __future__ import annotations

import shutil

HOME = "\x1b[H"
CLEAR = f"\x1b[2J{HOME}"
WRAP, NO_WRAP = "\x1b[?7h", "\x1b[?7l"  # of lines that are too long
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Colours:
    """Escape sequences by name: red, green, yellow, blue, magenta, cyan, white and reset. All empty when switched off."""

    __slots__ = ("blue", "cyan", "green", "magenta", "red", "reset", "white", "yellow")

    def __init__(self, on: bool = True) -> None:
        codes = [f"\x1b[{code}m" if on else "" for code in (*range(31, 38), 0)]
        self.red, self.green, self.yellow, self.blue, self.magenta, self.cyan, self.white, self.reset = codes


def dimensions() -> tuple[int, int]:
    """Columns and lines of the terminal."""
    got = shutil.get_terminal_size()
    return got.columns, got.lines
