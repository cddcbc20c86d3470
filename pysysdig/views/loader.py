"""Finding views: in --chisel-dir, those that come with the program, by entry point, in ~/.chisels and ./chisels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pysysdig.errors import UsageError, did_you_mean
from pysysdig.views import builtin, plugins
from pysysdig.views.model import View


@cache
def builtin_views() -> dict[str, View]:
    """The views that come with the program, by id."""
    names = [module.name for module in iter_modules(builtin.__path__)]
    views: list[View] = [import_module(f"{builtin.__name__}.{name}").VIEW for name in names]
    return {view.id: view for view in views}


def every_view(directories: Sequence[str] = (), problems: list[str] | None = None) -> list[View]:
    """All views, by name.

    directories  of --chisel-dir
    problems     gets a line for each file or entry point that cannot be used
    """
    ids, passed_over = plugins.names(directories)
    views = dict(builtin_views())
    for id_, found in _loaded(ids, directories):
        if isinstance(found, View):
            views[id_] = found
        else:
            passed_over.append(str(found))
    if problems is not None:
        problems += passed_over
    return sorted(views.values(), key=lambda v: v.name)


def view_ids(directories: Sequence[str] = ()) -> list[str]:
    """The ids of all views, sorted. Runs nothing of others."""
    return sorted({*builtin_views(), *plugins.names(directories)[0]})


def _loaded(ids: Sequence[str], directories: Sequence[str]) -> Iterator[tuple[str, View | UsageError]]:
    for id_ in ids:
        try:
            yield id_, find_view(id_, directories)
        except UsageError as error:
            yield id_, error


def find_view(id_: str, directories: Sequence[str] = ()) -> View:
    """The view with this id. directories: of --chisel-dir. Raises UsageError."""
    if not id_.isidentifier():
        return _unknown(id_, directories)
    return plugins.named(id_, directories) or builtin_views().get(id_) or plugins.unasked(id_) or _unknown(id_, directories)


def _unknown(id_: str, directories: Sequence[str]) -> View:
    hint = did_you_mean(id_, view_ids(directories), 1) or "--list-views lists them"
    raise UsageError(f"there is no view '{id_}'; {hint}")
