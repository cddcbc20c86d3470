"""All handlers of events that change state: what is imported here is registered (state/registry.py)."""

from __future__ import annotations

from pysysdig.state.base import Handler, Machine
from pysysdig.state.descriptors import FdHandlers
from pysysdig.state.execve import ExecveHandlers
from pysysdig.state.files import FileHandlers
from pysysdig.state.identity import IdentityHandlers
from pysysdig.state.news import NewsHandlers
from pysysdig.state.processes import ProcessHandlers
from pysysdig.state.sockets import SocketHandlers
from pysysdig.state.traffic import TrafficHandlers


def of_threads(machine: Machine) -> dict[int, Handler]:
    """Event type -> handler, of the events that change threads, accounts and containers."""
    out: dict[int, Handler] = {}
    for handlers in (ProcessHandlers(machine), ExecveHandlers(machine), IdentityHandlers(machine), NewsHandlers(machine)):
        out |= handlers.table()
    return out


def of_descriptors(machine: Machine) -> dict[int, Handler]:
    """The same of the events that change descriptors alone."""
    descriptors = FdHandlers(machine)
    sockets = SocketHandlers(machine, descriptors)
    out: dict[int, Handler] = {}
    for handlers in (descriptors, FileHandlers(machine, descriptors), sockets, TrafficHandlers(machine, sockets)):
        out |= handlers.table()
    return out
