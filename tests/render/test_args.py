"""evt.args: every parameter type, both generations, empty and damaged parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.render.args import arg_texts, args_column
from pysysdig.render.options import ASCII, BASE64, HEX, PLAIN, RenderOptions
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot, user
from pysysdig.state.inspector import Inspector

FDS = [fd(0, "/dev/null"), fd(3, "/etc/pa\x01sswd"), fd(4, "/var/log", s.FD_DIRECTORY), fd(7, "", s.FD_FIFO)]
CLIENT = fd(5, "", s.FD_IPV4_SOCK, sip="127.0.0.1", sport=40000, dip="10.9.8.7", dport=80, l4=2)


def view_of(*events: Any, generation: str = OLD) -> Any:
    before = snapshot(
        process(30, "cat", cwd="/home/u/", fds=[*FDS, CLIENT]),
        process(31, "cat", pid=30, fds=[]),
        accounts=[user(0, "root"), user(1000, "vagr\x02ant")],
    )
    return Inspector(before, generation).process(batch(events))


def args(name: str, params: list[Any], generation: str = OLD, options: RenderOptions = PLAIN, tid: int = 30) -> str:
    view = view_of(event(name, tid=tid, params=params, generation=generation), generation=generation)
    return str(args_column(view, np.arange(1), options).items[0])


@pytest.mark.parametrize(
    ("name", "params", "want"),
    [
        ("SYSCALL_READ_E", [3, 10], "fd=3(<f>/etc/passwd) size=10 "),
        ("SYSCALL_READ_E", [5, 1], "fd=5(<4t>127.0.0.1:40000->10.9.8.7:80) size=1 "),
        ("SYSCALL_READ_E", [7, 0xFFFFFFFF], "fd=7(<p>) size=-1 "),
        ("SYSCALL_READ_E", [99, 1], "fd=99 size=1 "),
        ("SYSCALL_READ_X", [-11, b"a\nb"], "res=-11(EAGAIN) data=a.b "),
        ("SYSCALL_READ_X", [-9999, b""], "res=-9999 data=NULL "),
        ("SYSCALL_READ_X", [0, b"x" * 90], f"res=0 data={'x' * 77}... "),
        ("SYSCALL_OPENAT_2_X", [-2, -100, "a/../b", 4097, 0, 0, 7],
         "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=a/../b(/home/u/b) flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=0 ino=7 "),
        ("SYSCALL_OPENAT_2_X", [7, 4, "x", 0, 0o644, 0xFE00, 7],
         "fd=7(<f>/var/log/x) dirfd=4(<d>/var/log) name=x(/var/log/x) flags=0(O_NONE) mode=0644 dev=FE00 ino=7 "),
        ("SYSCALL_OPENAT_2_X", [-2, 98, "x", 1, 0, 0, 0],
         "fd=-2(ENOENT) dirfd=98 name=x(x) flags=1(O_RDONLY) mode=0 dev=0 ino=0 "),
        ("SYSCALL_OPENAT_2_X", [-14, -100, None, 1], "fd=-14(EFAULT) dirfd=-100(AT_FDCWD) name=<NA> flags=1(O_RDONLY) "),
        ("SYSCALL_ACCESS_X", [0, "/etc/\x1b[31mx"], "res=0 name=/etc/[31mx "),
        ("SOCKET_SOCKET_E", [1, 2, 0], "domain=1(AF_LOCAL|AF_UNIX) type=2 proto=0 "),
        ("SOCKET_CONNECT_E", [5, ("10.9.8.7", 80)], "fd=5(<4t>127.0.0.1:40000->10.9.8.7:80) addr=10.9.8.7:80 "),
        ("SOCKET_BIND_X", [0, ("::1", 80)], "res=0 addr=::1:80 "),
        ("SOCKET_BIND_X", [0, "/run/\x01x"], "res=0 addr=/run/x "),
        ("SOCKET_BIND_X", [0, b"\x10abc"], "res=0 addr=family 16 "),
        ("SOCKET_BIND_X", [0, b"\x02abc"], "res=0 addr=INVALID IPv4 "),
        ("SOCKET_CONNECT_X", [0, ("::ffff:1.2.3.4", 5, "::ffff:5.6.7.8", 9)], "res=0 tuple=1.2.3.4:5->5.6.7.8:9 "),
        ("SOCKET_CONNECT_X", [0, (0xFF, 0x1A, "/a")], "res=0 tuple=ff->1a /a "),
        ("SOCKET_CONNECT_X", [-2, None], "res=-2(ENOENT) tuple=NULL "),
        ("SYSCALL_POLL_E", [[(3, 0x41), (99, -1)], 5], "fds=3:f41 99:?ffffffff timeout=5 "),
        ("SYSCALL_KILL_E", [31, 9], "pid=31(cat) sig=9(SIGKILL) "),
        ("SYSCALL_KILL_E", [77, 99], "pid=77 sig=99 "),
        ("SYSCALL_SETUID_E", [0], "uid=0(root) "),
        ("SYSCALL_SETUID_E", [1000], "uid=1000(vagrant) "),
        ("SYSCALL_SETUID_E", [5], "uid=5(<NA>) "),
        ("SYSCALL_SETUID_E", [0xFFFFFFFF], "uid=-1(<NONE>) "),
        ("SYSCALL_NANOSLEEP_E", [1_000_000], "interval=1000000(0.001s) "),
        ("SYSCALL_NANOSLEEP_E", [0xFFFFFFFFFFFFFFFF], "interval=none "),
        ("SYSCALL_PPOLL_E", [[], 0, 0b11], "fds= timeout=0(0s) sigmask=SIGHUP SIGINT "),
        ("SYSCALL_MKNOD_X", [0, "/x", 0o20600, 5], "res=0 path=/x mode=020600(S_IWUSR|S_IRUSR|S_IFCHR) dev=5 "),
        ("SYSCALL_BRK_4_X", [0x55DB0DE73000, 508, 4, 0], "res=55DB0DE73000 vm_size=508 vm_rss=4 vm_swap=0 "),
        ("SYSCALL_PTRACE_X", [0, (0, 0xAB), (1, 9)], "res=0 addr=AB data=9(SIGKILL) "),
        ("SYSCALL_PTRACE_X", [0, b"\x09xx", b"\x01"], "res=0 addr=INVALID DYNAMIC PARAMETER data= "),
        ("GENERIC_E", [5, 6], ""),
        ("SYSCALL_READ_X", [], ""),
        ("SYSCALL_READ_E", [b"\x03\0", 10], "fd=NULL size=10 "),  # damaged: not eight bytes
    ],
)  # fmt: skip
def test_old(name: str, params: list[Any], want: str) -> None:
    assert args(name, params) == want


@pytest.mark.parametrize(
    ("name", "params", "want"),
    [
        ("SYSCALL_READ_X", [0, b"", 3, 10], "res=0 data=NULL fd=3(<f>/etc/pa\x01sswd) size=10"),
        ("SYSCALL_READ_X", [0, b"x" * 90, 3, 10], f"res=0 data={'x' * 90} fd=3(<f>/etc/pa\x01sswd) size=10"),
        ("SYSCALL_READ_X", [None, None, None, None], "res=<NA> data=NULL fd=<NA> size=<NA>"),
        ("SYSCALL_ACCESS_X", [0, "\x1bx", 0], "res=0 name=\x1bx(/home/u/\x1bx) mode=0(F_OK)"),
        ("SYSCALL_UNLINKAT_2_X", [0, 4, "x", 0], "res=0 dirfd=4(<d>/var/log) name=x(/var/log/x) flags=0"),
    ],
)
def test_current(name: str, params: list[Any], want: str) -> None:
    assert args(name, params, CURRENT) == want


def test_current_counts_what_an_older_recorder_left_out_as_empty() -> None:
    assert args("SYSCALL_READ_X", [5, b"abc"], CURRENT) == "res=5 data=abc fd=<NA> size=<NA>"
    assert args("SYSCALL_READ_X", [5, b"abc"], OLD) == "res=5 data=abc "


@pytest.mark.parametrize(
    ("options", "want"),
    [
        (RenderOptions(max_len=0), "x" * 90),
        (RenderOptions(max_len=20), "x" * 17 + "..."),
        (RenderOptions(json=True), "x" * 90),
        (RenderOptions(buffers=BASE64), "eHh4" * 30),
        (RenderOptions(buffers=ASCII), "\n" + "x" * 90),
        (RenderOptions(buffers=HEX), "\n\t0x0000:" + " 7878" * 8 + "\n\t0x0010:"),
    ],
)
def test_buffer_options(options: RenderOptions, want: str) -> None:
    assert args("SYSCALL_READ_X", [90, b"x" * 90], options=options).startswith(f"res=90 data={want}")


def test_service_names() -> None:
    text = args("SOCKET_CONNECT_E", [5, ("10.9.8.7", 80)], options=RenderOptions(ports=True))
    assert "addr=10.9.8.7:http " in text or "addr=10.9.8.7:80 " in text  # depends on /etc/services


def test_no_thread_no_names() -> None:
    assert args("SYSCALL_READ_E", [-2, 10], tid=-1) == "fd=-2 size=10 "


def test_single_parameters_show_the_best_text() -> None:
    view = view_of(
        event("SYSCALL_OPENAT_2_X", tid=30, params=[3, -100, "x", 0, 0, 0, 0], generation=OLD),
        event("SYSCALL_READ_X", tid=30, params=[-9, b"zz"], generation=OLD),
        event("SYSCALL_KILL_E", tid=30, params=[31, 9], generation=OLD),
    )
    sel = np.arange(3)
    assert arg_texts(view, sel, "name") == ["/home/u/x", None, None]
    assert arg_texts(view, sel, "res") == [None, "EBADF", None]
    assert arg_texts(view, sel, 0) == ["<f>/home/u/x", "EBADF", "cat"]
    assert arg_texts(view, sel, 1) == ["AT_FDCWD", "zz", "SIGKILL"]
    assert arg_texts(view, sel, 5) == ["0", None, None]


def test_many_events_agree_with_each_alone() -> None:
    events = []
    for k in range(600):
        events.append(event("SYSCALL_READ_E", tid=30 + k % 2, params=[k % 9, k], generation=OLD))
        events.append(event("SYSCALL_READ_X", tid=30 + k % 2, params=[k - 20, bytes([k % 256]) * (k % 90)], generation=OLD))
    view = view_of(*events)
    sel = np.arange(len(events))
    together = args_column(view, sel).tolist()
    assert together == [args_column(view, sel[k : k + 1]).items[0] for k in range(len(events))]
    assert args_column(view, sel[::7]).tolist() == together[::7]
