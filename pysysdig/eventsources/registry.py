"""Which sources there are: our own, and those of packages that are installed (entry points `pysysdig.sources`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module

from pysysdig.errors import PysysdigError
from pysysdig.eventsources.columns import field_of, rule_of
from pysysdig.eventsources.model import EventSource
from pysysdig.fields.catalogue import BEFORE_CONTAINER, SYSCALL, Catalogue, before_container
from pysysdig.fields.registry import REGISTRY

GROUP = "pysysdig.sources"
# ours: name -> (module with SOURCE, what its fields begin with); they are known without being imported
OWN = {"k8s_audit": ("pysysdig.eventsources.k8s_audit.source", ("ka.", "jevt.", "json."))}
_GENERAL = "evt (All event types)"  # the class of the fields that events of all sources have
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@cache
def own(name: str) -> EventSource:
    """One of ours."""
    found: EventSource = import_module(OWN[name][0]).SOURCE
    return found


@cache
def installed() -> dict[str, EventSource]:
    """Those of other packages, by name. Raises PysysdigError for one that cannot be used."""
    from importlib.metadata import entry_points

    out: dict[str, EventSource] = {}
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            source = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # whatever a foreign package may raise
            raise PysysdigError(f"the source of events {point.name} ({point.value}) does not load: {error!r}") from None
        problem = _problem(source, {**out, **dict.fromkeys((*OWN, SYSCALL.name))})
        if problem:
            raise PysysdigError(f"the source of events {point.name} ({point.value}) cannot be used: {problem}")
        out[source.name] = source
    return out


def _problem(source: object, taken: dict[str, EventSource | None]) -> str:
    if not isinstance(source, EventSource):
        return "it is no pysysdig.eventsources.model.EventSource"
    if not _NAME.fullmatch(source.name):
        return f"its name is {source.name!r}: small letters, digits and _, up to 64"
    if source.name in taken:
        return f"the name {source.name} is taken"
    if not 0 < source.id < 1 << 32 or source.id in {own(name).id for name in OWN} | {
        s.id for s in taken.values() if s is not None
    }:
        return f"its id is {source.id}: a number above 0 that no other source has"
    if not source.fields:
        return "it has no fields"
    return ""


def sources() -> Iterator[EventSource]:
    """All of them, ours first: other packages are not looked for until somebody goes on to them."""
    yield from map(own, OWN)
    yield from installed().values()


def source(name: str) -> EventSource | None:
    """The source of this name."""
    return own(name) if name in OWN else installed().get(name)


def names() -> list[str]:
    """The names of all."""
    return [*OWN, *installed()]


@cache
def by_id(number: int) -> EventSource | None:
    """The source whose plugin has this id."""
    return next((s for s in sources() if s.id == number), None)


def of_plugin(name: str) -> EventSource | None:
    """The source that stands for the plugin of this name."""
    return next((s for s in sources() if name in s.provides()), None)


@cache
def catalogue(name: str) -> Catalogue:
    """The catalogue of this name. Raises KeyError."""
    if name == SYSCALL.name:
        return SYSCALL
    if name == BEFORE_CONTAINER:
        return before_container()
    source_name = name.partition(" ")[0]
    found = source(source_name)
    if found is None:
        raise KeyError(name)
    fields = found.catalogues()[name]
    general = {n: f for n, f in REGISTRY.items() if f.cls == _GENERAL}
    rules = {f.name: rule for f in fields if (rule := rule_of(f)) is not None}
    return Catalogue(name, {**general, **{f.name: field_of(found, f) for f in fields}}, rules)


def together(names: Iterable[str]) -> Catalogue:
    """The fields of several catalogues: what rules of several sources have."""
    some = sorted(set(names), key=lambda name: name.partition(" ")[0] != SYSCALL.name)
    if len(some) == 1:
        return catalogue(some[0])
    every = [catalogue(name) for name in some]
    fields = {name: field for one in reversed(every) for name, field in one.fields.items()}
    return Catalogue(" + ".join(some), fields, {name: rule for one in reversed(every) for name, rule in one.rules.items()})


def with_field(text: str) -> Catalogue | None:
    """The catalogue with a field that `text` begins with, or may have been meant to; None: no source has any."""
    for name, (_, begins) in OWN.items():
        if text.startswith(begins):
            return catalogue(name)
    word = text.partition(".")[0] + "."
    if word in _WORDS:  # spares looking for packages
        return None
    for name, found in installed().items():
        if any(field.name.startswith(word) for field in found.fields):
            return catalogue(name)
    return None


_WORDS = frozenset(name.partition(".")[0] + "." for name in REGISTRY)
