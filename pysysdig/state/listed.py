"""The machine before the first event: the processes and descriptors that a capture lists (docs/reference/state-model.md 1)."""

from __future__ import annotations

from pysysdig.state import fds as fd_model
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.base import Machine


def load_snapshot(machine: Machine) -> None:
    """Put what its snapshot lists into the tables of a machine; they are not committed yet."""
    ports = set()
    loaded = []
    for entry in machine.snapshot.processes:
        t = th.from_entry(entry)
        if t.is_main:
            cwd = machine.join("", entry.cwd)
            t.cwd = cwd if cwd.endswith("/") else cwd + "/"
        else:
            t.env = ()
        t.flags |= th.CL_ACTIVE
        machine.find_container(t)
        t.files = machine.fds.new_table()
        machine.threads.put(t, -1)
        loaded.append((t, entry))
        if machine.with_fds:
            for e in entry.fds:
                info = fd_model.from_entry(e)
                if info is None:
                    continue
                if info.is_tuple:
                    machine.interfaces.complete(info)
                    info.name = fd_model.plain_tuple(info)
                elif info.is_ip:
                    ports.add(info.sport)
                machine.fds.put(t.files, e.fd, info, -1)
    for t, _ in loaded:
        if machine.threads.current.get(t.tid) is t:
            machine.link(t, -1)
    for t, _ in loaded:
        for _, info in machine.fds.items(t.files):
            if info.type == sn.FD_IPV4_SOCK:
                _orient(info, ports)


def _orient(info: fd_model.FdInfo, server_ports: set[int]) -> None:
    """A connection from the descriptor list whose own port is a listening one is a server's."""
    if info.sport in server_ports:
        fd_model.swap_ends(info)
        info.name = fd_model.plain_tuple(info)
        info.role = fd_model.ROLE_SERVER
    else:
        info.role = fd_model.ROLE_CLIENT
