"""Tables as files, in any format. A file has its name once it is whole."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pysysdig.errors import PysysdigError
from pysysdig.export.formats import format_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.export.formats import Format

    Ints = npt.NDArray[np.int64]


class TableFile:
    """A file that is being written: under a temporary name beside `path` until `finish`, which gives it that name. A context
    manager: what is not finished is removed."""

    def __init__(self, path: str | os.PathLike[str], head: Any) -> None:
        """head: a pyarrow.Schema for formats that are columnar, the names of the columns for others. Raises UsageError,
        PysysdigError, MissingExtra."""
        self.path = os.fspath(path)
        self.rows = 0
        self._failure: PysysdigError | None = None  # what of a file is there then never gets its name
        chosen = format_of(self.path)
        folder = os.path.dirname(os.path.abspath(self.path))
        try:
            prefix = f".{os.path.basename(self.path)}."
            handle, self._temporary = tempfile.mkstemp(prefix=prefix, suffix=".inprogress", dir=folder)
            os.close(handle)
            self._writer: Format = chosen(self._temporary, head)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> PysysdigError:
        self._failure = PysysdigError(f"{self.path}: can't write it: {error.strerror or error}")
        return self._failure

    def add(self, part: Any) -> None:
        """Rows, in order: a record batch or a list of tuples, as the format takes them. Raises PysysdigError."""
        try:
            self._writer.add(part)
        except OSError as error:
            raise self._failed(error) from None
        self.rows += len(part)

    def room(self, times: Ints) -> int:
        """How many of the rows of these times (ns) may be added next: all."""
        return len(times)

    def tick(self) -> None:
        """A while has passed."""

    def size(self) -> int:
        """Bytes; what is held back counts as what came before it was compressed. Raises PysysdigError."""
        try:
            size = os.path.getsize(self._temporary)
        except OSError as error:
            raise self._failed(error) from None
        writer = self._writer
        return size + int(writer.held * (size / writer.packed if writer.packed else 1))

    def flush(self) -> None:
        """Nothing is held back from here on. Raises PysysdigError."""
        try:
            self._writer.flush()
        except OSError as error:
            raise self._failed(error) from None

    def finish(self, damage: str = "") -> None:
        """The file is whole and gets its name, in place of one that has it. damage: what could not be read for it, for the
        metadata. Raises PysysdigError, too, if anything could not be written before."""
        if self._failure is not None:
            raise self._failure
        try:
            if damage:
                self._writer.note("pysysdig.damage", damage)
            self._writer.close()
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(self._temporary, 0o666 & ~umask)
            os.replace(self._temporary, self.path)
        except OSError as error:
            raise self._failed(error) from None

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._writer.close()
        with suppress(OSError):
            os.unlink(self._temporary)
