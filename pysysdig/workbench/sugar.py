"""Short ways to write what happens in a synthetic test: each makes the events that the kernel would tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pysysdig.rules.yamldoc import MAPPING, NULL, Node
from pysysdig.workbench.arguments import argument
from pysysdig.workbench.calls import clone_params, execve_params
from pysysdig.workbench.occurrences import info_of
from pysysdig.workbench.world import COMM, Thread

if TYPE_CHECKING:
    from pysysdig.workbench.synthetic import Maker

_EXEC = ("exe", "argv0", "args", "env", "tty", "res", "flags", "comm", "filename")


def _fork(maker: Maker, by: Thread, node: Node) -> None:
    """fork: NAME of the new process."""
    child = maker.world.fork(by, maker.place.text(node, "fork"))
    maker.add("SYSCALL_CLONE_20_X", by.tid, clone_params(child.tid, by))
    maker.add("SYSCALL_CLONE_20_X", child.tid, clone_params(0, child))


def _exec(maker: Maker, by: Thread, node: Node) -> None:
    """exec: PATH, or a mapping with exe, argv0, args, env, tty, res, flags, comm, filename (of a script: exe is
    what runs it)."""
    place = maker.place
    said = place.mapping(node, "exec", _EXEC) if node.kind == MAPPING else {"exe": node}
    if "exe" not in said:
        raise place.error(node, "exec needs exe")
    exe = place.byte_text(said["exe"], "exe")
    params = info_of("execve").params
    result = argument(place, said["res"], params[0]) if "res" in said else 0
    if result == 0:
        by.run(exe, place.byte_texts(said["args"], "args") if "args" in said else [])
        by.env = place.byte_texts(said["env"], "env") if "env" in said else by.env
        by.tty = place.whole(said["tty"], "tty", 1 << 32) if "tty" in said else by.tty
        by.exe_flags = argument(place, said["flags"], next(p for p in params if p.name == "flags")) if "flags" in said else 0
        by.exe = place.byte_text(said["argv0"], "argv0") if "argv0" in said else by.exe
        by.comm = place.byte_text(said["comm"], "comm")[:COMM] if "comm" in said else by.comm
    filename = place.byte_text(said["filename"], "filename") if "filename" in said else exe
    maker.add("SYSCALL_EXECVE_19_X", by.tid, execve_params(result, by, filename))


def _exit(maker: Maker, by: Thread, node: Node) -> None:
    """exit: the status."""
    status = maker.place.whole(node, "the exit status", 256) if node.kind != NULL else 0
    maker.add("PROCEXIT_1_E", by.tid, [status << 8, status, 0, 0, 0])


def _open(maker: Maker, by: Thread, node: Node) -> None:
    """open: PATH, or a mapping with name, flags, res: an openat."""
    place = maker.place
    said = place.mapping(node, "open", ("name", "flags", "mode", "res")) if node.kind == MAPPING else {"name": node}
    if "name" not in said:
        raise place.error(node, "open needs name")
    params = info_of("openat").params
    failed = argument(place, said["res"], params[0]) if "res" in said else 0
    flags = argument(place, said["flags"], params[3]) if "flags" in said else 1
    mode = argument(place, said["mode"], params[4]) if "mode" in said else 0
    result = failed if failed < 0 else by.descriptor()
    maker.add("SYSCALL_OPENAT_2_X", by.tid, [result, -100, argument(place, said["name"], params[2]), flags, mode, 0, 0])


def _connect_to(maker: Maker, by: Thread, node: Node) -> None:
    """connect_to: ADDRESS:PORT, or a mapping with addr, proto (tcp, udp) and res: a socket, and a connect."""
    place = maker.place
    said = place.mapping(node, "connect_to", ("addr", "proto", "res")) if node.kind == MAPPING else {"addr": node}
    if "addr" not in said:
        raise place.error(node, "connect_to needs addr")
    params = info_of("connect").params
    peer = argument(place, said["addr"], params[3])
    proto = place.text(said["proto"], "proto") if "proto" in said else "tcp"
    if proto not in ("tcp", "udp"):
        raise place.unknown(said["proto"], "protocol", proto, ("tcp", "udp"))
    if isinstance(peer, str):
        raise place.error(said["addr"], "connect_to needs an address and a port")
    result = argument(place, said["res"], params[0]) if "res" in said else 0
    number = by.descriptor()
    family, own = (10, "::1") if ":" in peer[0] else (2, "10.0.0.2")
    maker.add("SOCKET_SOCKET_X", by.tid, [number, family, 1 if proto == "tcp" else 2, 6 if proto == "tcp" else 17, 0])
    maker.add("SOCKET_CONNECT_X", by.tid, [result, (own, 40000 + number, *peer), number, peer])


SUGAR: dict[str, Callable[[Maker, Thread, Node], None]] = {
    "fork": _fork,
    "exec": _exec,
    "exit": _exit,
    "open": _open,
    "connect_to": _connect_to,
}
