"""What the live tests do: calls of every family, in known numbers. Run as a script: DIRECTORY.

Prints one line of JSON with what it knows of itself (ports, tids), for the tests to compare with what was captured.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

OPENS, THREADS, CHILDREN = 300, 4, 5
libc = ctypes.CDLL(None, use_errno=True)


def files(directory: str) -> None:
    """Relative, absolute and dirfd paths, links, failures, data in both directions."""
    os.chdir(directory)
    for i in range(OPENS):
        f = os.open(f"counted{i}", os.O_CREAT | os.O_WRONLY, 0o640)
        os.write(f, b"%d" % i)
        os.close(f)
    d = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    f = os.open("counted7", os.O_RDWR | os.O_CLOEXEC, dir_fd=d)
    os.read(f, 100)
    os.pwrite(f, b"abcdef", 3)
    os.pread(f, 4, 4)
    os.writev(f, [b"one", b"", b"two"])
    os.lseek(f, 0, os.SEEK_SET)
    os.readv(f, [bytearray(2), bytearray(50)])
    g = os.dup(f)
    os.dup2(f, 100)
    fcntl.fcntl(f, fcntl.F_SETFD, 0)
    libc.dup(100)
    os.close(g)
    try:
        os.open("no/such/file", os.O_RDONLY)
    except FileNotFoundError:
        pass
    os.mkdir("made", 0o711)
    os.mkdir("made2", dir_fd=d)
    os.rename("made", "moved")
    os.symlink("counted1", "soft")
    os.link("counted1", "hard")
    os.chmod("hard", 0o4711)
    os.chown("hard", 1, 2)
    os.unlink("hard")
    os.unlink("soft", dir_fd=d)
    os.rmdir("moved")
    os.rmdir("made2", dir_fd=d)
    os.truncate("counted1", 0)  # has no event of its own
    libc.mount(b"nothing", b"/no/where", b"tmpfs", ctypes.c_ulong(0xC0ED0001), None)


def descriptors() -> None:
    """Descriptors that are not files."""
    r, w = os.pipe()
    os.write(w, b"through the pipe")
    os.read(r, 5)
    poll = select.poll()
    poll.register(r, select.POLLIN)
    poll.poll(10)
    os.eventfd(3)
    os.memfd_create("unseen")
    select.epoll().close()
    os.pidfd_open(os.getpid())
    socket.socketpair()


def network(known: dict[str, Any]) -> None:
    """TCP, UDP and UNIX sockets, both versions of IP, one failed connection."""
    for name, family, host in (("tcp4", socket.AF_INET, "127.0.0.1"), ("tcp6", socket.AF_INET6, "::1")):
        server = socket.socket(family)
        server.bind((host, 0))
        server.listen(3)
        client = socket.socket(family)
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        known[name] = [client.getsockname()[1], server.getsockname()[1]]
        client.sendall(b"hello " + name.encode())
        accepted.recv(100)
        accepted.sendmsg([b"back ", b"again"])
        client.recvmsg(100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        client.shutdown(socket.SHUT_RDWR)
    server = socket.socket(type=socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    client = socket.socket(type=socket.SOCK_DGRAM)
    client.sendto(b"datagram", server.getsockname())
    _, sender = server.recvfrom(100)
    known["udp4"] = [sender[1], server.getsockname()[1]]
    server = socket.socket(socket.AF_UNIX)
    server.bind("listening")
    server.listen(1)
    client = socket.socket(socket.AF_UNIX)
    client.connect("listening")
    accepted, _ = server.accept()
    client.send(b"local")
    refused = socket.socket()
    try:
        refused.connect(("127.0.0.1", 1))
    except ConnectionRefusedError:
        pass


def processes(known: dict[str, Any]) -> None:
    """Threads, short-lived children, programs, one that does not exist, signals, names, limits."""
    tids: list[int] = []
    for _ in range(THREADS):
        thread = threading.Thread(target=lambda: tids.append(threading.get_native_id()))
        thread.start()
        thread.join()
    known["threads"] = tids
    children = []
    for i in range(CHILDREN):
        child = os.fork()
        if not child:
            os._exit(i)
        os.waitpid(child, 0)
        children.append(child)
    known["children"] = children
    child = os.fork()
    if not child:
        signal.pause()
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    known["killed"] = child
    child = os.fork()
    if not child:
        os.setsid()
        try:
            os.execve("/no/such/program", ["argv0", "argv1"], {"NONE": "1"})
        except FileNotFoundError:
            pass
        os.execve("/bin/cat", ["a cat", "/dev/null"], {"COLOUR": "black", "AGE": "9"})
    os.waitpid(child, 0)
    known["executed"] = child
    libc.prctl(15, b"renamed", 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.getrlimit(resource.RLIMIT_NOFILE)
    os.setresuid(-1, 0, -1)
    os.getcwd()


def main() -> None:
    """Everything, in order."""
    known: dict[str, Any] = {"pid": os.getpid()}
    files(sys.argv[1])
    descriptors()
    network(known)
    processes(known)
    Path("done").touch()
    print(json.dumps(known))


if __name__ == "__main__":
    main()
