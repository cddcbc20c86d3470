"""Finding chisels: by path, in --chisel-dir, in the package, by entry point `pysysdig.chisels`, in ~/.chisels and ./chisels.

The first that has the name wins, so what comes with the program cannot be replaced from the working directory. What may be run
of the two places that are searched unasked is decided in `places.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from inspect import cleandoc
from types import ModuleType
from typing import Any

from pysysdig.chisel import Chisel
from pysysdig.chiselkit.places import ENVIRONMENT, SUFFIX, VIEW_PREFIX, Place, Refusal, executed
from pysysdig.errors import ChiselError, did_you_mean
from pysysdig.resources import directory

GROUP = "pysysdig.chisels"


def places(directories: Sequence[str] = ()) -> tuple[list[Place], list[Place]]:
    """The folders before and after entry points, in order; `directories` are those of --chisel-dir."""
    named = [Place(d, True) for d in (*directories, *filter(None, os.environ.get(ENVIRONMENT, "").split(";")))]
    try:
        named.append(Place(directory("chisels"), True))
    except FileNotFoundError:
        pass
    return named, [Place(os.path.expanduser("~/.chisels"), False), Place(os.path.join(os.curdir, "chisels"), False)]


def names(directories: Sequence[str] = ()) -> list[str]:
    """The names of all chisels that can be found, hidden ones included, sorted. Loads nothing."""
    return _found(directories)[0]


def passed_over(directories: Sequence[str] = ()) -> list[str]:
    """Why files and folders are passed over, a line each."""
    return [str(refusal) for refusal in _found(directories)[1]]


def _found(directories: Sequence[str]) -> tuple[list[str], list[Refusal]]:
    before, after = places(directories)
    found = [place.names() for place in (*before, *after)]
    every_name = {name for some, _ in found for name in some if not name.startswith(VIEW_PREFIX)}
    every_name |= {e.name for e in _entry_points()}
    return sorted(every_name), [refusal for _, some in found for refusal in some]


def find(name: str, directories: Sequence[str] = ()) -> type[Chisel]:
    """The chisel of that name, or of that file; ChiselError if there is none or it cannot be loaded."""
    name = name.strip()
    if name.endswith(".lua") and os.path.isfile(name):
        raise ChiselError(f"{name} is written in Lua, which is not supported: docs/writing-chisels.md shows how to write it anew")
    if os.sep in name or name.endswith(SUFFIX):
        if not os.path.isfile(name):
            raise ChiselError(f"can't open file {name}")
        with _readable(os.path.basename(name), name), open(name, "rb") as file:
            source = file.read()
        return _from_source(source, name, os.path.basename(name).removesuffix(SUFFIX))
    plain = name.removesuffix(".lua")  # sysdig's own chisels are known by both names
    before, after = places(directories)
    for place in before:
        found = _in(place, plain)
        if found is not None:
            return found
    for entry in _entry_points():
        if entry.name == plain:
            return _from_entry(entry)
    refusals = []
    for place in after:
        try:
            found = _in(place, plain)
        except Refusal as refusal:
            refusals.append(f"chisel {plain} is not run: {refusal}")
            continue
        if found is not None:
            return found
    raise ChiselError("; ".join(refusals) or _unknown(plain, directories))


def every(directories: Sequence[str] = ()) -> Iterator[tuple[str, type[Chisel] | ChiselError]]:
    """All chisels by name, and the error in place of those that cannot be loaded."""
    for name in names(directories):
        try:
            yield name, find(name, directories)
        except ChiselError as error:
            yield name, error


def _unknown(name: str, directories: Sequence[str]) -> str:
    return f"can't open file {name}; {did_you_mean(name, names(directories)) or '-cl lists the chisels'}"


def _in(place: Place, name: str) -> type[Chisel] | None:
    """The chisel `name` of a folder, None if it has none. Raises Refusal, ChiselError."""
    path = place.path_of(name)
    with _readable(name, path):
        source = place.source(name)
    return None if source is None else _from_source(source, path, name)


@contextmanager
def _readable(name: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ChiselError(f"chisel {name} ({path}) cannot be loaded: {error.strerror}") from None


def _from_source(source: bytes, path: str, name: str) -> type[Chisel]:
    """The chisel of a file that has been read from `path`."""
    try:
        return _class_in(executed(source, path, f"pysysdig_chisel_{name}"), name, path)
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
    found.summary = found.summary or _first_line(found)
    return found


def _first_line(chisel: type[Chisel]) -> str:
    """The first line of the docstring: what -cl shows of a chisel that says nothing else about itself."""
    lines = cleandoc(chisel.__doc__ or chisel.description).splitlines()
    return lines[0] if lines else ""
