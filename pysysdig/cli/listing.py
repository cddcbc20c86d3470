"""-l, -lv, -L and --list-markdown: what filters and formats can name, laid out as sysdig does."""

from __future__ import annotations

from pysysdig.events._syscall_table import SC_NAMES, X86_64_SYSCALLS
from pysysdig.events.table import GENERIC_E, GENERIC_X, OLD, OLD_VERSION, UNUSED, EventInfo, load
from pysysdig.fields.registry import REGISTRY, Field

_LEFT = 30
_WIDTH = 120

# class -> (heading, what it is about); classes that are not here are not listed
CLASSES = {
    "evt (All event types)": ("evt (All event types)", "Fields that every event has."),
    "evt (Syscall events only)": (
        "evt (Syscall events only)",
        "Fields of system call events. The arguments of each system call are there as evt.arg.NAME: evt.arg.filename.",
    ),
    "process": ("process", "The process and thread that an event belongs to."),
    "user": ("user", "The user whose process generated the event."),
    "group": ("group", "The group whose process generated the event."),
    "container": ("container", "The container that the process runs in."),
    "fd": ("fd", "The file, connection, pipe or other descriptor that an event works on."),
    "fs.path": ("fs.path", "Paths that a system call names, without a descriptor in between."),
    "syslog": ("syslog", "Messages that are written to the system log."),
    "fdlist": ("fdlist", "The descriptors that poll waits for."),
    "k8s": ("k8s", "Kubernetes metadata of the container."),
    "mesos": ("mesos", "Mesos metadata of the container."),
    "span": ("span", "Tracers that programs write to /dev/null."),
    "evtin": ("evtin", "Events that lie within a tracer."),
}


def listed() -> dict[str, list[Field]]:
    """The fields to list, by class in the order of CLASSES.

    Those of sysdig 0.36 that it lists (not deprecated, not for views only), and those that the libraries gained since.
    """
    out: dict[str, list[Field]] = {name: [] for name in CLASSES}
    for field in REGISTRY.values():
        if field.cls in out and not _flags(field) & {"TABLE_ONLY", "DEPRECATED"} and field.use != "table":
            out[field.cls].append(field)
    return {name: some for name, some in out.items() if some}


def _flags(field: Field) -> set[str]:
    row = field.by_version.get("libs_0_15_1") or next(iter(field.by_version.values()))
    return set(row[2])


def _type(name: str) -> str:
    return "DYNAMIC" if name == "DYN" else name


def _wrapped(text: str) -> str:
    """Words, each followed by a blank, in lines of 90 that start in the right column."""
    out, length = [], 0
    for word in text.split():
        if length + len(word) + 1 > _WIDTH - _LEFT:
            out.append("\n" + " " * _LEFT)
            length = 0
        out.append(word + " ")
        length += len(word) + 1
    return "".join(out)


def fields(types: bool = False) -> str:
    """-l; with `types` -lv."""
    out = []
    for name, some in listed().items():
        heading, about = CLASSES[name]
        out.append(f"{'-' * 31}\n{'Field Class:':{_LEFT}}{heading}\n{'Description:':{_LEFT}}{_wrapped(about)}\n")
        out.append(f"{'Event Sources:':{_LEFT}}syscall \n\n")
        for field in some:
            left = f"{field.name:{_LEFT}}" if len(field.name) <= _LEFT else f"{field.name}\n{'':{_LEFT}}"
            out.append(left + _wrapped(f"(Type: {_type(field.type)}) {field.desc}" if types else field.desc) + "\n")
        out.append("\n")
    return "".join(out)


def fields_markdown() -> str:
    """--list-markdown."""
    out = []
    for name, some in listed().items():
        heading, about = CLASSES[name]
        out.append(f"## Field Class: {heading.split(' (')[0]}\n\n{about}\n\nEvent Sources: syscall \n\n")
        out.append("Name | Type | Description\n:----|:-----|:-----------\n")
        out += [f"`{field.name}` | {_type(field.type)} | {field.desc}\n" for field in some]
        out.append("\n")
    return "".join(out)


def events() -> str:
    """-L: every event with its parameters; system calls without parameters of their own come last."""
    table = load(OLD)
    out = []
    for info in table:
        if info.type not in (GENERIC_E, GENERIC_X) and not info.flags & (OLD_VERSION | UNUSED) and info.name != "NA":
            out.append(_event(info, info.name))
    own = {code for code, _, enter, _ in X86_64_SYSCALLS.values() if enter != GENERIC_E}
    for code in sorted(SC_NAMES):
        if code and code not in own:
            out += [_event(table[GENERIC_E], SC_NAMES[code]), _event(table[GENERIC_X], SC_NAMES[code])]
    return "".join(out)


def _event(info: EventInfo, name: str) -> str:
    params = ", ".join(f"{_type(p.type)} {p.name}" for p in info.params)
    return f"{info.dir} {name}({params})\n"
