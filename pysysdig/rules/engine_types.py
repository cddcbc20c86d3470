"""Which event types a rule is tried on.

The static analysis of the condition decides this here, too, and not only what can match: system calls without an event
type of their own share one (generic), so `evt.type != acct` rules out every such call. Rules see what Falco's rules see.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import N_TYPES, TYPES
from pysysdig.filter.ast import Expr
from pysysdig.rules import evttypes

Mask = npt.NDArray[np.bool_]

# enter events that complete older exit events
_ENTER = (
    "SYSCALL_OPEN_E", "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT2_E", "SYSCALL_CREAT_E", "SOCKET_CONNECT_E", "SYSCALL_EXECVE_19_E",
    "SYSCALL_EXECVEAT_E",
)  # fmt: skip
PLUGIN_EVENT = TYPES["PLUGINEVENT_E"]


@cache
def unseen() -> Mask:
    """bool (N_TYPES,): event types that rules never see."""
    out = np.zeros(N_TYPES, bool)
    out[[TYPES[name] for name in _ENTER]] = True
    return out


def tried_types(condition: Expr) -> Mask:
    """bool (N_TYPES,): the event types that a rule of system calls with this condition (macros replaced) is tried on."""
    found = evttypes.matching(condition, evttypes.events()) | 1 << TYPES["ASYNCEVENT_E"]
    bits = np.frombuffer(found.to_bytes(N_TYPES // 8 + 1, "little"), np.uint8)
    out = np.unpackbits(bits, bitorder="little")[:N_TYPES].astype(bool) & ~unseen()
    out[PLUGIN_EVENT] = False  # events of other sources
    return out
