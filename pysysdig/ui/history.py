"""The latest events of the running machine, kept in files of our own format, so that they can be looked at again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.replay import replay
from pysysdig.sources.files import Rotation
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.sink import Sink
from pysysdig.sources.writing import How

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_SIZE, _FILES = 2 << 20, 32  # bytes of a file, how many of them
_NAME = "history"


class History:
    """A number of files in a folder that only we use; the oldest ones give way. Raises PysysdigError.

    sink   is told by the replay where its section begins
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        name = os.path.join(folder, _NAME)
        how = How(complete=True, live=True, shared=True)
        self.sink = Sink(name, format_to_write("pscap", name), how, Rotation(size=_SIZE, files=_FILES))

    def see(self, view: EventView, sel: Ints, *, keep: bool) -> None:
        """The next view, whose events are to be kept or not. Raises PysysdigError."""
        if keep:
            self.sink.write(view, sel)
        else:
            self.sink.skip(view)

    def files(self, since: int = 0) -> list[str]:
        """The oldest one first; only those that may have an event of this time (ns since the epoch) or later ones."""
        names = [os.path.join(self._folder, name) for name in os.listdir(self._folder) if name.startswith(_NAME)]
        written = sorted((os.stat(name).st_mtime_ns, name) for name in names)  # when all of its events had happened
        return [name for at, name in written if at >= since]

    def events(self, wanted: str, level: int) -> Iterator[tuple[EventView, Ints]]:
        """Those that pass a filter (byte text), as replay has them. Raises PysysdigError."""
        for path in self.files():
            try:
                with open_any(path) as capture:
                    yield from replay(capture.sections(), wanted, level=level)
            except CaptureError:
                pass  # its last frame is being written

    def close(self) -> None:
        """Nothing more is kept."""
        self.sink.close()
