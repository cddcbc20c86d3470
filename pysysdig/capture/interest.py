"""Which system calls the probe has to record for a set that somebody wants to see."""

from __future__ import annotations

from collections.abc import Collection

from pysysdig.capture.calls import NUMBERS, PLANS
from pysysdig.events.table import CREATES_FD, DESTROYS_FD, MODIFIES_STATE, OLD, load

# calls that change what is known of a thread or descriptor although the event table does not say so
_STATE = (
    "bind", "connect", "fcntl", "close_range", "setreuid", "setregid", "setgroups", "prctl", "shutdown",
    "getrlimit", "setrlimit", "prlimit64", "setpgid", "unshare", "setns",
)  # fmt: skip


def state_numbers() -> set[int]:
    """Numbers of the system calls that state cannot do without."""
    events = load(OLD)
    out = {NUMBERS[name] for name in _STATE if name in NUMBERS}
    for number, plan in PLANS.items():
        if plan.exit_type > 1 and events[plan.exit_type].flags & (CREATES_FD | DESTROYS_FD | MODIFIES_STATE):
            out.add(number)
    return out


def numbers(wanted: Collection[str] | None) -> set[int] | None:
    """System call numbers to record for the wanted names (unknown names are ignored); None: all."""
    if wanted is None:
        return None
    out = state_numbers()
    out |= {NUMBERS[name] for name in wanted if name in NUMBERS}
    return out


def names(types: Collection[int]) -> set[str]:
    """Names of the system calls that make events of these types."""
    wanted = set(types)
    by_number = {number: name for name, number in NUMBERS.items()}
    return {by_number[n] for n, plan in PLANS.items() if plan.enter_type in wanted or plan.exit_type in wanted}
