"""The one exception hierarchy.

PysysdigError           anything the user can act on; the CLI prints it in one line, status 1
├── UsageError          the command line itself is wrong
│   └── ConfigError     a configuration file is wrong (carries text and index)
├── FilterError         a filter or field reference is wrong (carries text and index)
├── FormatError         an output format is wrong (carries text and index)
├── ChiselError         a chisel cannot be found or loaded, or has failed
├── OutputError         standard output cannot be written
└── CaptureError        a capture cannot be read (carries file and offset)
    ├── TruncatedError  it ends too early: everything before the cut was delivered
    └── LeftOut         parts of it are no events: everything else was delivered
"""

from __future__ import annotations

from collections.abc import Iterable


class PysysdigError(Exception):
    """Base of all errors meant for the user; str() is the one-line message."""

    def render(self) -> str:
        """The text for stderr, without a trailing newline."""
        return str(self)


class UsageError(PysysdigError):
    """Bad options or arguments."""


class _TextError(PysysdigError):
    """An error inside a piece of text typed by the user."""

    def __init__(self, message: str, text: str = "", index: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.index = index
        self.hint = hint

    def render(self) -> str:
        out = [self.message]
        if self.text and self.index is not None:
            index = min(max(self.index, 0), len(self.text))
            start = self.text.rfind("\n", 0, index) + 1
            end = self.text.find("\n", index)
            line = self.text[start : end if end >= 0 else len(self.text)]
            col = index - start
            if len(line) > 160:
                cut = max(0, col - 80)
                line = line[cut : cut + 160]
                col -= cut
            out.append("  " + "".join(c if c.isprintable() else "." for c in line))
            out.append("  " + " " * col + "^")
        if self.hint:
            out.append(self.hint)
        return "\n".join(out)


class ConfigError(_TextError, UsageError):
    """A configuration file is wrong; the message names file and line."""


class FilterError(_TextError):
    """A filter does not parse, or names unknown fields, operators or values."""


class FormatError(_TextError):
    """A -p format does not parse."""


class ChiselError(PysysdigError):
    """A chisel cannot be found or loaded, declares something impossible, or has failed."""


class OutputError(PysysdigError):
    """Standard output cannot be written: the disk is full, or it is closed."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"pysysdig: can't write to standard output: {error.strerror or error}")


class CaptureError(PysysdigError):
    """A capture is not one, or is damaged; `offset` is where, in bytes of the (unpacked) stream."""

    def __init__(self, message: str, name: str = "", offset: int | None = None) -> None:
        at = f" at offset {offset}" if offset is not None else ""
        super().__init__(f"{name}: {message}{at}" if name else f"{message}{at}")
        self.name = name
        self.offset = offset


class TruncatedError(CaptureError):
    """The capture stops in the middle of a block."""


class LeftOut(CaptureError):
    """Parts of the input are no events; everything else has been read."""


def reason(error: BaseException) -> str:
    """What went wrong, without the number that an OSError has."""
    return str(getattr(error, "strerror", None) or error)


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """A hint: up to so many of the words known that are near; "" if none is."""
    from difflib import get_close_matches  # start-up time

    close = get_close_matches(word, list(known), most, 0.7 if most > 1 else 0.6)
    return f"did you mean {' or '.join(close)}?" if close else ""
