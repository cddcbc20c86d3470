"""Field references: `proc.aname[2]`, `evt.arg.name`, `thread.cgroup.cpu` -> FieldRef.

Filters need the whole text to be a field (`lookup`), formats the longest field the text starts with (`longest_prefix`). Which
fields there are is said by a Catalogue: those of system calls, or those of another source of events; without one all of them.
"""

from __future__ import annotations

import re
from functools import cache

from pysysdig.errors import FilterError, FormatError, did_you_mean
from pysysdig.events.table import CURRENT, OLD, load
from pysysdig.events.text import to_display
from pysysdig.fields.arguments import Argument, BadArgument
from pysysdig.fields.catalogue import SYSCALL, Catalogue
from pysysdig.fields.registry import PLUGIN_FIELDS, Field, FieldRef
from pysysdig.render.options import PLAIN, RenderOptions

# the modules that attach functions to the fields of the registry, by what the names of these begin with
MODULES = {
    "evt": ("evt", "evt_args", "evt_io", "evt_result", "evt_time"), "syscall": ("evt",), "util": ("evt",), "fs": ("fspath",),
    "syslog": ("syslog",), "proc": ("proc", "proc_ancestors", "proc_probes"), "thread": ("thread",), "user": ("user",),
    "group": ("group",), "fd": ("fd", "fd_net"), "fdlist": ("fdlist",), "container": ("container",), "k8s": ("k8s",),
    "k8smeta": ("k8smeta",),
}  # fmt: skip


@cache
def load_class(name: str) -> None:
    """Import the modules that implement the fields whose names begin with this word; a run needs few of them."""
    from importlib import import_module

    for module in MODULES.get(name, ()):
        import_module(f"pysysdig.fields.{module}")


def load_fields() -> None:
    """Import the modules of all fields: for who goes through the registry itself."""
    for name in MODULES:
        load_class(name)


def parameter_type(name: str, generation: str) -> str:
    """The type (without PT_) of the first parameter called `name` in the event table: what the values that
    `evt.rawarg.name` is compared with are parsed as."""
    for g in (generation, OLD, CURRENT):
        for event in load(g):
            for p in event.params:
                if p.name == name:
                    return p.type
    raise KeyError(name)


def _bare_name(text: str) -> str:
    return text.partition("[")[0]


def _class_of(field: Field) -> str:
    return field.name.partition(".")[0]


def _plugin_of(name: str) -> str | None:
    for plugin, fields in PLUGIN_FIELDS.items():
        if any(name == f or name.startswith(f + ".") for f in fields):
            return plugin
    return None


def _hint(name: str, catalogue: Catalogue | None) -> str:
    from pysysdig.eventsources.registry import with_field  # not before it is needed: start-up time

    other = with_field(name)
    if other is not None:
        if catalogue is not None and catalogue.name != other.name:
            return f"it is a field of the source {other.name}: rules have it with `source: {other.name}`"
        return did_you_mean(name, other.fields)
    plugin = _plugin_of(name)
    if plugin:
        return f"it is a field of the plugin '{plugin}', whose events are not supported"
    return did_you_mean(name, (catalogue or SYSCALL).fields)


def _unknown(text: str, generation: str) -> str:
    shown = to_display(text)
    if generation != OLD:
        return f"filter_check called with nonexistent field {shown}"
    name = _bare_name(shown)
    plugin = _plugin_of(name)
    if plugin:
        return f"filter contains an unknown field '{name}', but it can be supported by loading one of these plugins: {plugin}"
    return f"filter contains an unknown field '{name}', and none of the loaded plugins is capable of extracting it"


def _match(text: str, catalogue: Catalogue | None) -> tuple[Field, Argument] | None:
    """The longest field that `text` starts with, and its argument. Raises BadArgument."""
    found = (catalogue or SYSCALL).match(text)
    if found is None and catalogue is None:
        from pysysdig.eventsources.registry import with_field  # not before it is needed: start-up time

        other = with_field(text)
        return None if other is None else other.match(text)
    return found


def lookup(text: str, generation: str = OLD, options: RenderOptions = PLAIN, catalogue: Catalogue | None = None) -> FieldRef:
    """The field that `text` (byte text) names, argument included, to be rendered by `options`.

    catalogue  the fields that there are; None: those of all sources

    Raises FilterError (index 0 of `text`) in the words of the generation's reference when there is none or its
    argument is missing or wrong.
    """
    try:
        found = _match(text, catalogue)
    except BadArgument as e:
        raise FilterError(to_display(str(e)), to_display(text), 0) from None
    if found is not None:
        field, arg = found
        if len(field.name) + arg.length == len(text):
            load_class(_class_of(field))
            return FieldRef(field, arg.value, text, options)
        rest = text[len(field.name) :]
        if rest.startswith("[") and not arg.length:
            raise FilterError(_unknown(text, generation), to_display(text), 0, f"{field.name} takes no argument")
    raise FilterError(_unknown(text, generation), to_display(text), 0, _hint(_bare_name(text), catalogue))


def is_field(text: str) -> bool:
    """Whether `text` (byte text) names a field of system calls."""
    try:
        found = SYSCALL.match(text)
    except BadArgument:
        return False
    return found is not None and len(found[0].name) + found[1].length == len(text)


def longest_prefix(
    text: str, options: RenderOptions = PLAIN, *, filter_only: bool = False, catalogue: Catalogue | None = None
) -> tuple[FieldRef, int]:
    """The longest field that `text` (byte text, the rest of a format after a %) starts with, and its length.

    filter_only  fields for filters only are accepted, too
    catalogue    the fields that there are; None: those of all sources

    Raises FormatError (index 0 of `text`) when there is none, its argument is wrong, or it is for filters only.
    """
    shown = to_display(text)
    try:
        found = _match(text, catalogue)
    except BadArgument as e:
        raise FormatError(to_display(str(e)), shown, 0) from None
    if found is None:
        m = re.match(r"[\w.]+", text)
        raise FormatError(f"invalid formatting token {shown}", shown, 0, _hint(m[0], catalogue) if m else "")
    field, arg = found
    length = len(field.name) + arg.length
    if "FILTER_ONLY" in field.flags and not filter_only:
        raise FormatError(f"{to_display(text[:length])} is filter only and cannot be used as a display field", shown, 0)
    load_class(_class_of(field))
    return FieldRef(field, arg.value, text[:length], options), length
