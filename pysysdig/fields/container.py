"""container.*: the container of an event's thread, by its id and what container events told about it.

A thread outside any container is "host". OLD calls a thread in a pid namespace of its own without a known container
neither: its id is empty, everything else missing. CURRENT treats the host as a container of which only the name is known.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache
from re import MULTILINE, Pattern
from re import compile as re_compile
from re import error as RegexError
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.arrays import Mask, Sel, unique
from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import IN_OLD_PID_NAMESPACE, in_pid_namespace, thread_rows
from pysysdig.fields.proc import CLONE_TIME, PIDNS_START
from pysysdig.fields.registry import REGISTRY, Field, FieldRef, Getter, field
from pysysdig.state.cgroups import CT_CONTAINERD, CT_CRI, CT_CRIO, CT_DOCKER, CT_PODMAN
from pysysdig.state.containers import PROBES, ContainerInfo, Mount
from pysysdig.state.levels import THREAD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

HOST = "host"
_TELLING = ("container_id", "flags", "tid", "vtid")  # what says that a thread is in a container
DOCKER_LIKE = frozenset({CT_DOCKER, CT_CRI, CT_CONTAINERD, CT_CRIO, CT_PODMAN})
Value = Callable[["ContainerInfo"], Any]


def _ids(view: EventView, sel: Sel) -> DictColumn:
    """Container ids; "" on the host."""
    column: DictColumn = view.threads.text(thread_rows(view, sel), named("container_id"))
    return column


def _on_host(view: EventView, sel: Sel) -> Mask:
    """bool, shape (n,): the events of threads that count as the host's."""
    rows, ids = thread_rows(view, sel), _ids(view, sel)
    out: Mask = (ids.codes == ids.dictionary.code("")) & (rows >= 0)
    if view.generation == OLD:
        out &= ~view.threads.number(rows, IN_OLD_PID_NAMESPACE).values
    return out


def container_values(view: EventView, sel: Sel, value: Value, host: str | None) -> DictColumn:
    """value(info) for each event whose container is known, at that event; `host` (None = missing) for the host's."""
    ids = _ids(view, sel)
    d = Dictionary()
    out = np.full(len(sel), -1, np.int32)
    if host is not None:
        out[_on_host(view, sel)] = d.code(host)
    if not any(ids.dictionary.values):
        return DictColumn(out, d)
    for code in unique(ids.codes).tolist():
        name = ids.dictionary.values[code] if code >= 0 else ""
        if not name:
            continue
        at = np.flatnonzero(ids.codes == code)
        changes = view.inspector.containers.changes(name)
        if not changes:
            continue
        nums = view.batch.num_of(sel[at])
        version = np.searchsorted(np.array(changes, np.int64), nums, side="right")
        for v in unique(version).tolist():
            info = view.inspector.containers.at(name, changes[v - 1]) if v else None
            if info is not None:
                out[at[version == v]] = d.code(value(info))
    return DictColumn(out, d)


def flag_column(column: DictColumn) -> NumColumn:
    """A column of True and False values as booleans."""
    table = np.array([*column.dictionary.values, False], bool)
    return NumColumn(table[column.codes], column.codes >= 0)


@field("container.id", THREAD)
def container_id(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The id, "host" outside containers."""
    return view.threads.text(thread_rows(view, sel), RowAttribute(_id_text, view.generation, reads=_TELLING))


def _id_text(t: ThreadInfo, generation: str) -> str:
    if t.container_id:
        return t.container_id
    return "" if generation == OLD and in_pid_namespace(t, generation) else HOST


def _attach_texts() -> None:
    """Texts: OLD has no value where they are empty; CURRENT knows them, empty, for the host as well."""
    for name, attribute, host in (
        ("container.full_id", "full_id", HOST),
        ("container.name", "name", HOST),
        ("container.image", "image", None),
        ("container.image.id", "imageid", None),
        ("container.image.repository", "imagerepo", None),
        ("container.image.tag", "imagetag", None),
        ("container.image.digest", "imagedigest", None),
    ):

        def get(view: EventView, sel: Sel, ref: FieldRef, attribute: str = attribute, host: str | None = host) -> Column:
            if view.generation == OLD:
                return container_values(view, sel, lambda info: getattr(info, attribute) or None, host)
            return container_values(view, sel, lambda info: getattr(info, attribute), host or "")

        field(name, THREAD)(get)


_attach_texts()


@field("container.type", THREAD)
def container_type(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """docker, cri-o, ..., "host" outside containers."""
    return container_values(view, sel, lambda info: info.type_name, HOST)


@field("container.privileged", THREAD)
def container_privileged(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether it is privileged; OLD says so only for engines that tell."""
    if view.generation == OLD:
        return flag_column(container_values(view, sel, lambda info: info.privileged if info.type in DOCKER_LIKE else None, None))
    return _current_flag(view, sel, "privileged")


def _current_flag(view: EventView, sel: Sel, attribute: str) -> NumColumn:
    out = flag_column(container_values(view, sel, lambda info: getattr(info, attribute), None))
    host = _on_host(view, sel)
    return NumColumn(out.values, out.present() | host)


def _attach_flags() -> None:
    for name in ("host_pid", "host_network", "host_ipc"):
        field("container." + name, THREAD)(lambda view, sel, ref, name=name: _current_flag(view, sel, name))  # type: ignore[misc]


_attach_flags()


@field("container.mounts", THREAD)
def container_mounts(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All mounts, joined by commas."""
    host = None if view.generation == OLD else ""
    return container_values(view, sel, lambda info: ",".join(m.text for m in info.mounts), host)


@lru_cache(maxsize=256)
def _glob(pattern: str) -> Pattern[str]:
    return re_compile(translate(pattern))


@lru_cache(maxsize=256)
def _expression(pattern: str) -> Pattern[str] | None:
    try:
        return re_compile(pattern, MULTILINE)
    except (RegexError, RecursionError, OverflowError):
        return None


def find_mount(info: ContainerInfo, arg: int | str | None, by_dest: bool, *, globs: bool) -> Mount | None:
    """A mount by its index, or the first whose source (or destination) fits: a glob, or a regular expression found anywhere in
    it, so that / fits every mount."""
    if isinstance(arg, int):
        return info.mounts[arg] if 0 <= arg < len(info.mounts) else None
    if globs:
        fits = _glob(arg or "").match
    else:
        expression = _expression(arg or "")
        if expression is None:
            return None
        fits = expression.search
    return next((m for m in info.mounts if fits(m.dest if by_dest else m.source)), None)


def _attach_mounts() -> None:
    for name, text in (
        ("container.mount", lambda m: m.text),
        ("container.mount.source", lambda m: m.source),
        ("container.mount.dest", lambda m: m.dest),
        ("container.mount.mode", lambda m: m.mode),
        ("container.mount.rdwr", lambda m: "true" if m.rdwr else "false"),
        ("container.mount.propagation", lambda m: m.propagation),
    ):
        field(name, THREAD)(_mount_getter(name, text))
        _MOUNTS[name] = text


def _mount_getter(name: str, text: Callable[[Mount], str], *, globs: bool = False) -> Getter:
    """globs: of CURRENT, too."""
    by_dest = name.endswith("source")

    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        def value(info: ContainerInfo) -> str | None:
            mount = find_mount(info, ref.arg, by_dest, globs=globs or view.generation == OLD)
            return None if mount is None else text(mount)

        return container_values(view, sel, value, None)

    return get


_MOUNTS: dict[str, Callable[[Mount], str]] = {}
_attach_mounts()


def mounts_by_globs() -> dict[str, Field]:
    """The fields of mounts as Falco had them before its plugin `container` (0.41): their arguments are globs."""
    from copy import copy  # not before it is needed: start-up time

    out = {name: copy(REGISTRY[name]) for name in _MOUNTS}
    for name, made in out.items():
        made.get = _mount_getter(name, _MOUNTS[name], globs=True)
    return out


def _attach_probes() -> None:
    """Health probes as command lines; the text NONE for containers without. CURRENT never has a value."""
    for name, probe in zip(("healthcheck", "liveness_probe", "readiness_probe"), PROBES):

        def get(view: EventView, sel: Sel, ref: FieldRef, probe: str = probe) -> Column:
            def value(info: ContainerInfo) -> str | None:
                if view.generation != OLD:
                    return None
                if probe not in info.probes:
                    return "NONE"
                exe, args = info.probes[probe]
                return " ".join((exe, *args))

            return container_values(view, sel, value, None)

        field("container." + name, THREAD)(get)


_attach_probes()


def _namespace_start(view: EventView, sel: Sel) -> NumColumn:
    rows = thread_rows(view, sel)
    column: NumColumn = view.threads.number(rows, PIDNS_START)
    return NumColumn(column.values, column.present() & ~_on_host(view, sel))


@field("container.start_ts", THREAD)
def container_start_ts(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """When the pid namespace started, ns since the epoch."""
    return _namespace_start(view, sel)


@field("container.duration", THREAD)
def container_duration(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Nanoseconds since then. OLD asks for the thread's own creation to have been seen, not the namespace's."""
    start = _namespace_start(view, sel)
    valid = start.present()
    if view.generation == OLD:
        rows = thread_rows(view, sel)
        created = view.threads.number(rows, CLONE_TIME).present()
        valid = created & ~_on_host(view, sel) & (rows >= 0)
    return NumColumn((view.batch.ts[sel] - start.values.astype(np.uint64)).astype(np.int64), valid)


@field("container.ip", THREAD)
def container_ip(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The IPv4 address; OLD prints 0.0.0.0 for containers whose address is not known."""
    if view.generation == OLD:
        return container_values(view, sel, lambda info: info.ip or "0.0.0.0", None)
    return container_values(view, sel, lambda info: info.ip, "")


@field("container.cni.json", THREAD)
def container_cni_json(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The network plugin's result as the engine gave it."""
    return container_values(view, sel, lambda info: info.cni_json, None if view.generation == OLD else "")


def labels_text(labels: dict[str, str]) -> str:
    """key:value pairs joined by commas, without annotations and Kubernetes' own labels."""
    shown = ((k, v) for k, v in sorted(labels.items()) if not k.startswith(("annotation.", "io.kubernetes.")))
    return ", ".join(f"{k}:{v}" if v else k for k, v in shown)


@field("container.label", THREAD)
def container_label(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The value of one label."""
    return container_values(view, sel, lambda info: info.labels.get(str(ref.arg)), None)


@field("container.labels", THREAD)
def container_labels(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All labels."""
    return container_values(view, sel, lambda info: labels_text(info.labels), "")
