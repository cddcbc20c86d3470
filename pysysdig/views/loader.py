"""Finding views: those that come with the program."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from pysysdig.errors import UsageError
from pysysdig.views import builtin
from pysysdig.views.model import View


def every_view() -> list[View]:
    """All views, by name."""
    names = [module.name for module in iter_modules(builtin.__path__)]
    views: list[View] = [import_module(f"{builtin.__name__}.{name}").VIEW for name in names]
    return sorted(views, key=lambda v: v.name)


def find_view(id_: str) -> View:
    """The view with this id. Raises UsageError."""
    views = {v.id: v for v in every_view()}
    if id_ not in views:
        near = get_close_matches(id_, views, 1)
        hint = f"did you mean {near[0]}?" if near else "--list-views lists them"
        raise UsageError(f"there is no view '{id_}'; {hint}")
    return views[id_]
