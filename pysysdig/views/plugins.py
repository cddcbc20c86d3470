"""Views of other people: files `v_NAME.py` where chisels are found, and entry points of the group `pysysdig.views`.

Such a file has a `VIEW` (pysysdig.views.model.View) with the id NAME. What of the folders that are searched unasked may be run is
decided as for chisels (chiselkit.places); as there, folders that the user named come before what comes with the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pysysdig.chiselkit.loader import places
from pysysdig.chiselkit.places import VIEW_PREFIX, Place, Refusal, executed
from pysysdig.errors import UsageError
from pysysdig.views.model import View, layout

GROUP = "pysysdig.views"


def names(directories: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """The ids of views in folders and entry points, sorted, and why files are passed over, a line each. Runs nothing."""
    before, after = places(directories)
    ids = {entry.name for entry in _entry_points()}
    refusals: list[str] = []
    for place in (*before, *after):
        found, refused = place.names()
        ids.update(name.removeprefix(VIEW_PREFIX) for name in found if name.startswith(VIEW_PREFIX))
        refusals += map(str, refused)
    return sorted(ids), refusals


def named(id_: str, directories: Sequence[str] = ()) -> View | None:
    """The view of that id in a folder that the user named; None if there is none. Raises UsageError."""
    return _in(places(directories)[0], id_)


def unasked(id_: str) -> View | None:
    """The one of an entry point, or in a folder that is searched unasked; None if there is none. Raises UsageError."""
    for entry in _entry_points():
        if entry.name == id_:
            try:
                return _checked(entry.load(), id_)
            except (Exception, SystemExit) as error:
                raise _unusable(id_, entry.value, error) from error
    return _in(places()[1], id_)


def _in(folders: Sequence[Place], id_: str) -> View | None:
    for place in folders:
        name = VIEW_PREFIX + id_
        path = place.path_of(name)
        try:
            source = place.source(name)
        except OSError as error:
            raise UsageError(f"view {id_} ({path}) cannot be loaded: {error.strerror}") from None
        except Refusal as refusal:
            raise UsageError(f"view {id_} is not used: {refusal}") from None
        if source is None:
            continue
        try:
            return _checked(executed(source, path, f"pysysdig_view_{id_}").__dict__.get("VIEW"), id_)
        except (Exception, SystemExit) as error:
            raise _unusable(id_, path, error) from error
    return None


def _checked(found: Any, id_: str) -> View:
    if not isinstance(found, View):
        raise UsageError("there is no VIEW that is a pysysdig.views.model.View")
    if found.id != id_:
        raise UsageError(f"its id is {found.id!r} in place of {id_!r}")
    layout(found)
    return found


def _unusable(id_: str, where: str, error: BaseException) -> UsageError:
    what = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
    return UsageError(f"view {id_} ({where}): {what}")


def _entry_points() -> list[Any]:
    from importlib.metadata import entry_points

    return list(entry_points(group=GROUP))
