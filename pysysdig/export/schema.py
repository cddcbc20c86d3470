"""The columns of the table `events`, version 1: sysdig's fields, in structs by the first part of their names.

A field `container.image.repository` is the leaf `image_repository` of the struct `container`: the first dot stays a dot, the
others become `_`, since a name can be a leaf and the beginning of another. `group` is a word of SQL; its struct is called `grp`.
The names are an interface: leaves are added, never renamed, and `pysysdig.schema` in the metadata of a file says which version it
has. Fields of other sources of events (`ka.verb`) are leaves of structs of their own, which only those have who ask for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from pysysdig import __version__
from pysysdig.errors import FilterError, UsageError, did_you_mean
from pysysdig.events.text import from_user, to_display
from pysysdig.eventsources.registry import catalogue, names, with_field
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import REGISTRY, Field, FieldRef
from pysysdig.render.options import RenderOptions

VERSION = 1

# what the values of a column are; the Arrow types are in export.arrow
INT, INT32, INT16, FLOAT, BOOL, TEXT, LONG_TEXT, BYTES, TIME, TEXTS, INTS, ADDRESSES, MAP = (
    "int", "int32", "int16", "float", "bool", "text", "long text", "bytes", "time", "texts", "ints", "addresses", "map",
)  # fmt: skip

WIDE, RULES, DEMAND = "wide", "rules", "demand"


class Leaf(NamedTuple):
    """A column.

    path    struct.name, or whatever it is called by who asked for it
    field   sysdig's, with its argument; "evt.arg" alone are all parameters by name
    kind    INT, TEXT ...
    part    WIDE: of the standard table, RULES: also of what Falco's rules ask for, DEMAND: only if named
    safe    of what can be handed on: no arguments, environment, buffers, working directory
    """

    path: str
    field: str
    kind: str
    part: str = WIDE
    safe: bool = True

    @property
    def struct(self) -> str:
        """What the column belongs to."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """What it is called there."""
        return self.path.partition(".")[2]


def path_of(field: str) -> str:
    """struct.name of a field."""
    struct, _, rest = field.partition(".")
    return f"{'grp' if struct == 'group' else struct}.{rest.replace('.', '_')}"


def _leaves(kind: str, names: str, part: str = WIDE, safe: bool = True) -> list[Leaf]:
    return [Leaf(path_of(name), name, kind, part, safe) for name in names.split()]


# in the order of the file; within a struct the order of this table
_TABLE: tuple[Leaf, ...] = (
    *_leaves(INT, "evt.num evt.rawtime"),
    Leaf("evt.time", "evt.time", TIME),
    *_leaves(INT16, "evt.cpu"),
    *_leaves(TEXT, "evt.type evt.dir evt.category evt.res"),
    *_leaves(INT, "evt.rawres"),
    *_leaves(BOOL, "evt.failed"),
    *_leaves(INT, "evt.latency evt.buflen"),
    *_leaves(BOOL, "evt.is_io_read evt.is_io_write"),
    *_leaves(LONG_TEXT, "evt.args", WIDE, False),
    Leaf("evt.arg", "evt.arg", MAP, RULES, False),
    *_leaves(BOOL, "evt.is_open_read evt.is_open_write evt.is_open_exec evt.is_open_create", RULES),
    *_leaves(BYTES, "evt.buffer", DEMAND, False),
    *_leaves(INT, "evt.wait_latency", DEMAND),
    *_leaves(LONG_TEXT, "evt.info", DEMAND, False),
    *_leaves(TEXT, "evt.hostname evt.source evt.pluginname", DEMAND),
    *_leaves(INT, "thread.tid"),
    *_leaves(INT, "thread.vtid", DEMAND),
    *_leaves(TEXT, "thread.cap_effective thread.cap_permitted", RULES),
    *_leaves(INT, "proc.pid proc.ppid proc.vpid proc.sid"),
    *_leaves(TEXT, "proc.name proc.exe proc.exepath"),
    *_leaves(TEXT, "proc.cmdline proc.cwd", WIDE, False),
    *_leaves(TEXT, "proc.pname"),
    *_leaves(TEXT, "proc.pcmdline", WIDE, False),
    *_leaves(TEXTS, "proc.aname"),
    *_leaves(INT, "proc.tty"),
    *_leaves(TEXT, "proc.args", RULES, False),
    *_leaves(TEXT, "proc.env", DEMAND, False),
    *_leaves(TEXT, "proc.pexe", RULES),
    *_leaves(TEXTS, "proc.aexe", RULES),
    *_leaves(INTS, "proc.apid", DEMAND),
    *_leaves(INT, "proc.duration", DEMAND),
    *_leaves(BOOL, "proc.is_exe_upper_layer proc.is_exe_from_memfd", RULES),
    *_leaves(BOOL, "proc.is_exe_writable", DEMAND),
    *_leaves(BOOL, "proc.is_vpgid_leader", RULES),
    *_leaves(INT, "proc.exe_ino proc.exe_ino.ctime proc.exe_ino.mtime", DEMAND),
    *_leaves(INT, "proc.pid.ts"),
    *_leaves(INT, "user.uid"),
    *_leaves(TEXT, "user.name"),
    *_leaves(INT, "user.loginuid"),
    *_leaves(TEXT, "user.loginname"),
    *_leaves(INT, "group.gid"),
    *_leaves(TEXT, "group.name"),
    *_leaves(TEXT, "container.id container.name container.image container.image.repository"),
    *_leaves(TEXT, "container.image.tag", DEMAND),
    *_leaves(TEXT, "container.type"),
    *_leaves(BOOL, "container.privileged", RULES),
    *_leaves(TEXT, "container.mounts", DEMAND, False),
    *_leaves(TEXT, "k8s.ns.name k8s.pod.name"),
    *_leaves(TEXT, "k8s.pod.uid k8s.pod.labels", DEMAND),
    *_leaves(INT, "fd.num"),
    *_leaves(TEXT, "fd.type fd.typechar fd.name fd.directory fd.filename"),
    *_leaves(TEXT, "fd.nameraw", RULES),
    *_leaves(TEXT, "fd.l4proto fd.cip fd.sip"),
    *_leaves(INT32, "fd.cport fd.sport"),
    *_leaves(BOOL, "fd.is_server"),
    *_leaves(TEXT, "fd.sockfamily", RULES),
    *_leaves(TEXT, "fd.lip fd.rip", RULES),
    *_leaves(INT32, "fd.lport fd.rport", RULES),
    *(Leaf(f"fd.{end}b", f"fd.{end}", BYTES, RULES) for end in ("cip", "sip", "lip", "rip")),
    Leaf("fd.ips", "fd.ip", ADDRESSES, RULES),
    Leaf("fd.ports", "fd.port", INTS, RULES),
    *_leaves(BOOL, "fd.name_changed fd.connected", RULES),
    *_leaves(BOOL, "fd.is_upper_layer", DEMAND),
    *_leaves(TEXT, "fs.path.name fs.path.source fs.path.target", RULES),
)

_BY_TYPE = {
    "BOOL": BOOL, "BYTEBUF": BYTES, "DOUBLE": FLOAT, "CHARBUF": TEXT, "IPADDR": TEXT, "IPNET": TEXT, "DYN": TEXT, "PORT": INT32,
}  # fmt: skip
# fields that filters compare value by value: lists here, unless an index picks one
_LISTS = {
    **dict.fromkeys("proc.aname proc.aexe proc.aexepath proc.acmdline proc.aargs fd.types fd.ip fd.net".split(), TEXTS),
    **dict.fromkeys("proc.apid fd.port fd.proto".split(), INTS),
}
WHOLE = RenderOptions(max_len=0)  # how texts are rendered in tables
_LONG = frozenset({"evt.args", "evt.info", "evt.plugininfo", "json.obj", "jevt.obj"})


@cache
def leaves() -> dict[str, Leaf]:
    """All columns of the table by their paths, in order."""
    return {leaf.path: leaf for leaf in sorted(_TABLE, key=lambda leaf: _STRUCTS.index(leaf.struct))}


_STRUCTS = ("evt", "thread", "proc", "user", "grp", "container", "k8s", "fd", "fs")
_OF_ALL = ("evt.num", "evt.rawtime", "evt.time")  # of every event, whatever its source


@cache
def of_source(name: str) -> dict[str, Leaf]:
    """The columns that another source of events adds, by their paths: its fields, without those that need an argument. Those
    called as its first one (`ka.`) are its standard. Raises KeyError."""
    own = [f for f in catalogue(name).fields.values() if f.cls == name and "ARG_REQUIRED" not in f.flags]
    first = own[0].name.partition(".")[0] if own else ""
    parts = [WIDE if f.name.startswith(f"{first}.") else DEMAND for f in own]
    made = [Leaf(path_of(f.name).lower(), f.name, _kind(f, None), part, False) for f, part in zip(own, parts)]
    return {leaf.path: leaf for leaf in made}


def with_structs(structs: Iterable[str]) -> dict[str, Leaf]:
    """The columns of the other sources of events that have structs of any of these names; empty: there is no such source."""
    out: dict[str, Leaf] = {}
    for struct in dict.fromkeys(structs):
        found = None if struct in _STRUCTS else with_field(f"{struct}.")
        out |= {} if found is None else of_source(found.name)
    return out


def wide(*, calls: bool = False) -> list[Leaf]:
    """The standard columns; calls have no direction."""
    return [leaf for leaf in leaves().values() if leaf.part == WIDE and not (calls and leaf.path == "evt.dir")]


def preset(name: str, *, calls: bool = False) -> list[Leaf] | None:
    """The columns of "wide", "rules" or "safe", or the standard of another source of events by its name; None: there is no such
    set."""
    if name == "wide":
        return wide(calls=calls)
    if name == "rules":
        wanted = (WIDE, RULES)
        return [leaf for leaf in leaves().values() if leaf.part in wanted and not (calls and leaf.path == "evt.dir")]
    if name == "safe":
        return [leaf for leaf in wide(calls=calls) if leaf.safe]
    if "." not in name and name in names():  # last: that looks for packages
        return [leaves()[path] for path in _OF_ALL] + [leaf for leaf in of_source(name).values() if leaf.part == WIDE]
    return None


def find(name: str, options: RenderOptions = WHOLE) -> tuple[Leaf, FieldRef | None]:
    """The column that a text (of a user: a field or a path) stands for, called as the text, and its field, rendered by
    `options`; None for what is made of more than one field. Raises UsageError, FilterError with place."""
    path = path_of(name)
    known = leaves().get(name) or leaves().get(path) or with_structs([path.partition(".")[0]]).get(path.lower())
    if known is not None and known.kind in (TIME, MAP):
        return known._replace(path=name), None
    field = known.field if known is not None and name == known.path and not name.startswith("grp.") else name
    if name.startswith("grp."):
        field = f"group.{name[4:]}"
    if "." not in field:
        raise UsageError(f"'{name}' is not a field; {_near(name)}")
    try:
        ref = lookup(from_user(field), options=options)
    except FilterError as error:
        raise FilterError(error.message, name, 0, error.hint or _near(name)) from None
    if known is not None and known.field == field:
        return known._replace(path=name), ref
    return Leaf(name, field, kind_of(ref), DEMAND, False), ref


def _near(name: str) -> str:
    return did_you_mean(name, leaves()) or "pysysdig -l lists the fields"


def kind_of(ref: FieldRef) -> str:
    """What the values of a field are."""
    return _kind(ref.field, ref.arg)


def _kind(field: Field, arg: object) -> str:
    if arg is None and field.name in _LISTS:
        return _LISTS[field.name]
    if field.name in _LONG:
        return LONG_TEXT
    if field.is_list and field.name not in REGISTRY:  # of another source
        return TEXTS
    return _BY_TYPE.get(field.type, INT)


def columns(names: Iterable[str] | Sequence[str], *, calls: bool = False) -> list[Leaf]:
    """The columns that a list of fields, paths and sets stands for, each once. Raises UsageError, FilterError."""
    out: dict[str, Leaf] = {}
    for name in names:
        for leaf in preset(name, calls=calls) or [find(name)[0]]:
            out.setdefault(leaf.path, leaf)
    if not out:
        raise UsageError("no fields are named; name some, or one of the sets wide, rules, safe")
    return list(out.values())


def metadata(filter_text: str, paths: Sequence[str], *, calls: bool, redaction: str = "") -> dict[str, str]:
    """What a file says of itself; filter_text is byte text, paths are the captures, none for the running machine. Under a policy
    of redaction it says that and neither, since they may name what is hidden."""
    about = {
        "pysysdig.schema": str(VERSION),
        "pysysdig.writer": __version__,
        "pysysdig.form": "calls" if calls else "events",
        "pysysdig.filter": "" if redaction else to_display(filter_text),
        "pysysdig.source": "" if redaction else ", ".join(os.path.basename(path) for path in paths),
    }
    return about | {"pysysdig.redaction": redaction} if redaction else about
