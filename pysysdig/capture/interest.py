"""Which system calls the probe has to record for a set that somebody wants to see."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pysysdig.capture.base_calls import STATE, BaseCalls
from pysysdig.capture.calls import NUMBERS, PLANS
from pysysdig.capture.machine import MACHINE
from pysysdig.events.table import CREATES_FD, DESTROYS_FD, GENERIC_X, MODIFIES_STATE, OLD, load, sc_name

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


def numbers(wanted: Collection[str] | None, base: BaseCalls = STATE) -> set[int] | None:
    """System call numbers to record for the wanted names (unknown names are ignored); None: all. base: what comes with them."""
    if wanted is None:
        return None
    return base.numbers({NUMBERS[name] for name in wanted if name in NUMBERS}, state_numbers())


def names(types: Collection[int], generic: Callable[[str], bool] = lambda _: True) -> set[str]:
    """Names of the system calls that make events of these types; of those without a type of their own, which have one in common,
    only those that `generic` says (by the name that their events carry)."""
    wanted = set(types)
    by_number = {number: name for name, number in NUMBERS.items()}
    out = set()
    for number, plan in PLANS.items():
        if (plan.enter_type in wanted or plan.exit_type in wanted) and (
            plan.exit_type != GENERIC_X or generic(sc_name(MACHINE.calls[number][0]))
        ):
            out.add(by_number[number])
    return out
