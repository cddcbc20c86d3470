"""Columns that people add to views, and where they are kept: `pysysdig/columns.json` in the user's folder of settings."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.views.model import MAX, NONE, REST, SUM, Column, View

MOST = 16  # of a view
_WIDTH = 16
_LARGEST = 1 << 16  # bytes of the file


def column(field: str) -> Column:
    """The column of a field (byte text): what can be summed up is, of texts the last one counts. Raises UsageError."""
    from pysysdig.events.table import CURRENT  # not before there are columns beside a view's own: start-up time
    from pysysdig.fields.lookup import lookup
    from pysysdig.views.aggregate import kind

    try:
        known = kind(lookup(field).field, CURRENT)
    except PysysdigError as error:
        raise UsageError(str(error).splitlines()[0]) from None
    how = SUM if known.numeric and known.fmt == "DEC" else MAX if known.type == "CHARBUF" else NONE
    return Column(field, field, max(_WIDTH, min(len(field) + 2, 2 * _WIDTH)), how, how)


def extended(view: View, fields: tuple[str, ...]) -> View:
    """A view with columns of fields, before one that takes the rest of the line. Raises UsageError."""
    if not fields:
        return view
    more = [column(f) for f in fields]
    at = len(view.columns) - (view.columns[-1].width == REST and not view.columns[-1].role)
    return view._replace(columns=(*view.columns[:at], *more, *view.columns[at:]))


class Saved:
    """The fields of added columns by view."""

    def __init__(self, path: Path | None = None) -> None:
        """path: the file; None: they last as long as the program."""
        self._path = path
        self._fields: dict[str, tuple[str, ...]] = {}
        if path is not None:
            self._fields = _read(path)

    def of(self, view: str) -> tuple[str, ...]:
        """The fields of a view."""
        return self._fields.get(view, ())

    def put(self, view: str, fields: tuple[str, ...]) -> None:
        """Others, from now on. Raises UsageError if there are too many, or they cannot be kept for the next time."""
        if len(fields) > MOST:
            raise UsageError(f"a view can have {MOST} more columns")
        self._fields[view] = fields
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(self._fields, indent=1, sort_keys=True) + "\n")
            os.replace(new, self._path)
        except OSError as error:
            raise UsageError(f"{self._path}: the columns are not kept: {error.strerror}") from None


def _read(path: Path) -> dict[str, tuple[str, ...]]:
    """What a file holds, of fields that there are; a file that is none holds nothing."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_LARGEST))
        return {str(view): tuple(f for f in fields if _known(f))[:MOST] for view, fields in found.items()}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}


def _known(field: object) -> bool:
    try:
        column(str(field))
    except UsageError:
        return False
    return True


def settings_file() -> Path:
    """Where they are kept."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".config"
    return folder / "pysysdig" / "columns.json"
