"""The event table: what each event type is called, its category, flags and parameters.

Two generations are known (see docs/architecture.md): OLD is sysdig 0.36 on libs 0.15.1, which reads captures of
enter + exit events; CURRENT is the libraries of current Falco, whose captures hold exit events only.
"""

from functools import cache
from typing import NamedTuple

from pysysdig.events import _event_table as data
from pysysdig.events._syscall_table import SC_NAMES

OLD = "libs_0_15_1"
CURRENT = "current"

# event flags (EF_*)
CREATES_FD = 1
DESTROYS_FD = 2
USES_FD = 4
READS_FROM_FD = 8
WRITES_TO_FD = 16
MODIFIES_STATE = 32
UNUSED = 64
WAITS = 128
SKIPPARSERESET = 256
OLD_VERSION = 512
LARGE_PAYLOAD = 2048
CONVERTER_MANAGED = 4096

# categories (EC_*); the low byte is the syscall category, the high bits the kind of source
EC_OTHER, EC_FILE, EC_NET, EC_IPC, EC_MEMORY, EC_PROCESS, EC_SLEEP, EC_SYSTEM, EC_SIGNAL, EC_USER = range(1, 11)
EC_TIME, EC_PROCESSING = 11, 12
EC_IO_READ, EC_IO_WRITE, EC_IO_OTHER = 32, 33, 34
EC_WAIT, EC_SCHEDULER = 64, 128
EC_INTERNAL, EC_SYSCALL, EC_TRACEPOINT, EC_PLUGIN, EC_METAEVENT = 256, 512, 1024, 2048, 4096


class Param(NamedTuple):
    """One parameter: `type` and `fmt` are names without PT_/PF_; `dirfd` is the index of the parameter that a
    relative path starts from (-1: the cwd); `dynamic` names the table of a DYN parameter."""

    name: str
    type: str
    fmt: str
    flags_table: str | None
    dirfd: int
    dynamic: str | None


class EventInfo(NamedTuple):
    """One event type. Even numbers are enter events (`>`), odd ones exit events (`<`)."""

    type: int
    enum: str
    name: str
    category: int
    flags: int
    params: tuple[Param, ...]

    @property
    def dir(self) -> str:
        """`>` or `<`."""
        return "<" if self.type & 1 else ">"

    def param_index(self, name: str) -> int:
        """Index of the parameter called `name`, -1 if there is none."""
        for i, p in enumerate(self.params):
            if p.name == name:
                return i
        return -1


@cache
def load(generation: str) -> tuple[EventInfo, ...]:
    """The event table of a generation (OLD or CURRENT), indexed by event type."""
    out = []
    for number, (enum, name, category, flags, params) in enumerate(data.EVENTS):
        if generation == OLD and number in data.EVENTS_0_15_1:
            row = data.EVENTS_0_15_1[number]
            if row is not None:  # newer than 0.36: keep the current definition rather than lose the event
                name, category, flags, params = row
        out.append(EventInfo(number, enum, name, category, flags, tuple(map(Param._make, params))))
    return tuple(out)


@cache
def event_names() -> frozenset[str]:
    """Everything `evt.type` may be compared with: names of events of both generations and of system calls."""
    names = {e.name for g in (OLD, CURRENT) for e in load(g)}
    return frozenset(names | set(SC_NAMES.values()))


TYPES = {row[0]: number for number, row in enumerate(data.EVENTS)}  # enum name without PPME_ -> type
N_TYPES = len(data.EVENTS)
GENERIC_E, GENERIC_X = 0, 1

# fixed sizes of parameter types, in bytes; types not listed have variable length
SIZES = {
    "INT8": 1, "UINT8": 1, "FLAGS8": 1, "ENUMFLAGS8": 1, "SIGTYPE": 1, "L4PROTO": 1, "SOCKFAMILY": 1,
    "INT16": 2, "UINT16": 2, "FLAGS16": 2, "ENUMFLAGS16": 2, "PORT": 2, "SYSCALLID": 2,
    "INT32": 4, "UINT32": 4, "FLAGS32": 4, "ENUMFLAGS32": 4, "MODE": 4, "BOOL": 4, "UID": 4, "GID": 4,
    "SIGSET": 4, "IPV4ADDR": 4, "FD32": 4, "PID32": 4,
    "INT64": 8, "UINT64": 8, "ERRNO": 8, "FD": 8, "PID": 8, "RELTIME": 8, "ABSTIME": 8, "DOUBLE": 8,
}  # fmt: skip
SIGNED = frozenset({"INT8", "INT16", "INT32", "INT64", "ERRNO", "FD", "PID", "FD32", "PID32"})


def sc_name(code: int) -> str:
    """Name of a ppm_sc system call code (generic events carry one)."""
    return SC_NAMES.get(code, "unknown")
