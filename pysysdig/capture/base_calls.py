"""Which system calls are recorded besides those that rules look at: Falco's `base_syscalls`.

As Falco's configure_interesting_sets and libsinsp's sinsp_repair_state_sc_set do it. The ends of processes always come: they are
no system calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple

from pysysdig.capture.calls import NUMBERS, PLANS
from pysysdig.capture.machine import MACHINE
from pysysdig.events.table import CURRENT, EC_FILE, EC_IO_OTHER, EC_IO_READ, EC_IO_WRITE, EC_NET, GENERIC_X, load, sc_name

# what is known of a process is made of these
_PROCESSES = frozenset(
    (
        "clone", "clone3", "fork", "vfork", "execve", "execveat", "fchdir", "chdir", "chroot", "capset", "setgid", "setpgid",
        "setresgid", "setresuid", "setsid", "setuid", "prctl",
    )
)  # fmt: skip
_SERVERS = frozenset(("accept", "accept4", "listen"))
_CATEGORY = 0xFF


class BaseCalls(NamedTuple):
    """custom: names in place of those that state needs, `!name`: not this one, whoever wants it; repair: as few as will do for
    what is looked at, in place of all that state may ever need."""

    custom: tuple[str, ...] = ()
    repair: bool = False

    @property
    def unknown(self) -> list[str]:
        """Names that no system call or event of this machine has, sorted."""
        return sorted({name for name in (word.removeprefix("!") for word in self.custom) if name not in _named()})

    def numbers(self, looked_at: Collection[int], state: Collection[int]) -> set[int]:
        """Numbers of the system calls to record. looked_at: what rules look at; state: what state needs, all of it."""
        added = _numbers(name for name in self.custom if not name.startswith("!"))
        left_out = _numbers(name[1:] for name in self.custom if name.startswith("!"))
        if self.repair and not added:
            out = set(looked_at) | _repair(looked_at)
        else:
            out = set(looked_at) | (added or set(state))
        out -= left_out
        if self.repair and self.custom:
            out |= _repair(out)
        return out


STATE = BaseCalls()  # what state needs, all of it


@cache
def _named() -> dict[str, frozenset[int]]:
    """By name of a call, or of the event that it becomes."""
    found: dict[str, set[int]] = {}
    for name, number in NUMBERS.items():
        kind = PLANS[number].exit_type
        event = sc_name(MACHINE.calls[number][0]) if kind == GENERIC_X else load(CURRENT)[kind].name
        for key in (name, event):
            found.setdefault(key, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def _numbers(names: Iterable[str]) -> set[int]:
    known = _named()
    return {number for name in names for number in known.get(name, ())}


def _repair(calls: Collection[int]) -> set[int]:
    """What these cannot do without."""
    categories = {load(CURRENT)[PLANS[number].exit_type].category & _CATEGORY for number in calls}
    names = set(_PROCESSES)
    if EC_NET in categories:
        names |= {"socket", "getsockopt", "close"}
    if categories & {EC_FILE, EC_IO_READ, EC_IO_WRITE, EC_IO_OTHER}:
        names.add("close")
    if any(NUMBERS.get(name) in calls for name in _SERVERS):
        names.add("bind")
    return {NUMBERS[name] for name in names if name in NUMBERS}
