"""Finding chisels: by path, in --chisel-dir, in the package, by entry point `pysysdig.chisels`, in ~/.chisels and ./chisels.

The first that has the name wins, so what comes with the program cannot be replaced from the working directory. In the two
places that are searched unasked only files are read that belong to the user or to root and that nobody else can write.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from pysysdig.chisel import Chisel
from pysysdig.errors import ChiselError
from pysysdig.resources import directory

GROUP = "pysysdig.chisels"
ENVIRONMENT = "SYSDIG_CHISEL_DIR"
_SUFFIX = ".py"


class Place:
    """A folder that is searched. `asked`: the user named it."""

    __slots__ = ("asked", "path")

    def __init__(self, path: str, asked: bool) -> None:
        self.path = path
        self.asked = asked


def places(directories: Sequence[str] = ()) -> tuple[list[Place], list[Place]]:
    """The folders before and after entry points, in order; `directories` are those of --chisel-dir."""
    named = [Place(d, True) for d in (*directories, *filter(None, os.environ.get(ENVIRONMENT, "").split(";")))]
    try:
        named.append(Place(directory("chisels"), True))
    except FileNotFoundError:
        pass
    return named, [Place(os.path.expanduser("~/.chisels"), False), Place("chisels", False)]


def names(directories: Sequence[str] = ()) -> list[str]:
    """The names of all chisels that can be found, hidden ones included, sorted. Loads nothing."""
    before, after = places(directories)
    found = {name for place in (*before, *after) for name, _ in _files(place)}
    return sorted(found | {e.name for e in _entry_points()})


def find(name: str, directories: Sequence[str] = ()) -> type[Chisel]:
    """The chisel of that name, or of that file; ChiselError if there is none or it cannot be loaded."""
    name = name.strip()
    if name.endswith(".lua") and os.path.isfile(name):
        raise ChiselError(f"{name} is written in Lua, which is not supported: docs/writing-chisels.md shows how to write it anew")
    if os.sep in name or name.endswith(_SUFFIX):
        if not os.path.isfile(name):
            raise ChiselError(f"can't open file {name}")
        return _from_file(name, os.path.basename(name).removesuffix(_SUFFIX))
    plain = name.removesuffix(".lua")  # sysdig's own chisels are known by both names
    before, after = places(directories)
    path = _path(plain, before)
    if path is not None:
        return _from_file(path, plain)
    for entry in _entry_points():
        if entry.name == plain:
            return _from_entry(entry)
    path = _path(plain, after)
    if path is not None:
        return _from_file(path, plain)
    raise ChiselError(_unknown(plain, directories))


def every(directories: Sequence[str] = ()) -> Iterator[tuple[str, type[Chisel] | ChiselError]]:
    """All chisels by name, and the error in place of those that cannot be loaded."""
    for name in names(directories):
        try:
            yield name, find(name, directories)
        except ChiselError as error:
            yield name, error


def _unknown(name: str, directories: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names(directories), 3, 0.7)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; -cl lists the chisels"
    return f"can't open file {name}{hint}"


def _path(name: str, where: Sequence[Place]) -> str | None:
    return next((path for place in where for found, path in _files(place) if found == name), None)


def _files(place: Place) -> Iterator[tuple[str, str]]:
    """(name, path) of the chisels in a folder."""
    try:
        entries = sorted(os.listdir(place.path))
        safe = place.asked or _private(place.path)
    except OSError:
        return
    for entry in entries if safe else ():
        name = entry.removesuffix(_SUFFIX)
        path = os.path.join(place.path, entry)
        if entry != name and name.isidentifier() and not name.startswith("_") and (place.asked or _private(path)):
            yield name, path


def _private(path: str) -> bool:
    """Whether only the user or root can have written it."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o002


def _from_file(path: str, name: str) -> type[Chisel]:
    module_name = f"pysysdig_chisel_{name}"
    spec = spec_from_file_location(module_name, path, loader=SourceFileLoader(module_name, path))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
        return _class_in(module, name, path)
    except ChiselError as error:
        raise ChiselError(f"chisel {name} ({path}): {error}") from None
    except (Exception, SystemExit) as error:
        raise ChiselError(f"chisel {name} ({path}) cannot be loaded: {type(error).__name__}: {error}") from error


def _entry_points() -> list[Any]:
    from importlib.metadata import entry_points

    return list(entry_points(group=GROUP))


def _from_entry(entry: Any) -> type[Chisel]:
    """The chisel an entry point names: a class, or a module that has one."""
    try:
        found = entry.load()
        return _class_in(found, entry.name, entry.value) if isinstance(found, ModuleType) else _named(found, entry.name)
    except ChiselError as error:
        raise ChiselError(f"chisel {entry.name} ({entry.value}): {error}") from None
    except (Exception, SystemExit) as error:
        raise ChiselError(f"chisel {entry.name} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}") from error


def _class_in(module: ModuleType, name: str, where: str) -> type[Chisel]:
    """The one chisel that a module defines."""
    own = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, Chisel) and v.__module__ == module.__name__]
    own = [v for v in own if not v.__name__.startswith("_")]
    matching = [v for v in own if v.name == name]
    if len(matching or own) != 1:
        raise ChiselError(f"defines {len(own)} subclasses of Chisel in place of one")
    return _named((matching or own)[0], name)


def _named(found: Any, name: str) -> type[Chisel]:
    if not (isinstance(found, type) and issubclass(found, Chisel)):
        raise ChiselError("is not a subclass of Chisel")
    found.name = found.name or name
    return found
