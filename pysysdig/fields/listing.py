"""Which fields there are to choose from: those that lists and completion show, by class."""

from __future__ import annotations

from pysysdig.fields.registry import REGISTRY, Field

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
    "k8smeta": ("k8smeta", "The pod that the process runs in, as the collector of Kubernetes' metadata tells."),
    "mesos": ("mesos", "Mesos metadata of the container."),
    "span": ("span", "Tracers that programs write to /dev/null."),
    "evtin": ("evtin", "Events that lie within a tracer."),
}


def listed(source: str = "syscall") -> dict[str, list[Field]]:
    """The fields to list, by class in the order of CLASSES, or those that another source has besides the general ones.

    Those of sysdig 0.36 that it lists (not deprecated, not for views only), and those that the libraries gained since.
    """
    if source != "syscall":
        from pysysdig.eventsources.registry import catalogue

        return {source: [field for field in catalogue(source).fields.values() if field.cls == source]}
    out: dict[str, list[Field]] = {name: [] for name in CLASSES}
    for field in REGISTRY.values():
        if field.cls in out and not _flags(field) & {"TABLE_ONLY", "DEPRECATED"} and field.use != "table":
            out[field.cls].append(field)
    return {name: some for name, some in out.items() if some}


def heading(name: str) -> tuple[str, str]:
    """How a class is headed, and what it is about."""
    if name in CLASSES:
        return CLASSES[name]
    from pysysdig.eventsources.registry import source

    found = source(name)
    return name, "" if found is None else f"{found.description}."


def _flags(field: Field) -> set[str]:
    row = field.by_version.get("libs_0_15_1") or next(iter(field.by_version.values()))
    return set(row[2])
