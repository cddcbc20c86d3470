"""The parameters that handlers name are where the event table has them."""

from __future__ import annotations

import pytest

from pysysdig.events.table import CURRENT, OLD, TYPES, load
from pysysdig.state import parameters, told

SHAPES = {
    name: shape
    for m in (parameters, told)
    for name, shape in vars(m).items()
    if getattr(shape, "__module__", "") == m.__name__ and isinstance(shape, type)
}
# events of the same shape as the one that it is called after
SAME = {
    "CLONE_20_X": ("FORK_20_X", "VFORK_20_X", "CLONE3_X"),
    "EXECVE_19_X": ("EXECVEAT_X",),
    "CHDIR_X": ("GETCWD_X",),
    "SETRESUID_X": ("SETREUID_X",),
    "SETRESGID_X": ("SETREGID_X",),
    "SETRLIMIT_E": ("GETRLIMIT_E",),
    "SETRLIMIT_X": ("GETRLIMIT_X",),
    "OPENAT_2_E": ("OPENAT_E", "OPENAT2_E"),
    "EVENTFD2_X": ("SIGNALFD4_X", "INOTIFY_INIT1_X", "EPOLL_CREATE1_X"),
    "PIPE2_X": ("PIPE_X",),
    "DUP3_X": ("DUP_1_X", "DUP2_X"),
    "FCHMOD_X": ("FCHOWN_X",),
    "ACCEPT4_6_X": ("ACCEPT_X", "ACCEPT_5_X", "ACCEPT4_X", "ACCEPT4_5_X"),
    "SENDTO_E": ("SENDMSG_E",),
    "SENDTO_X": ("SENDMSG_X", "SEND_X", "RECV_X"),
    "SENDMMSG_X": ("RECVMMSG_X",),
    "CONTAINER_JSON_E": ("CONTAINER_JSON_2_E",),
    "USER_ADDED_E": ("USER_DELETED_E",),
    "GROUP_ADDED_E": ("GROUP_DELETED_E",),
}


def places(shape: type) -> dict[int, str]:
    return {index: name.lower() for name, index in vars(shape).items() if name.isupper()}


@pytest.mark.parametrize(("event", "shape"), [(e, s) for s in SHAPES for e in (s, *SAME.get(s, ()))])
def test_names_are_those_of_the_table(event: str, shape: str) -> None:
    kind = next(TYPES[prefix + event] for prefix in ("SYSCALL_", "SOCKET_", "") if prefix + event in TYPES)
    params = load(CURRENT)[kind].params
    named = places(SHAPES[shape])
    assert named
    have = {index: p.name for index, p in enumerate(params)}
    if event == shape:
        assert {index: have.get(index) for index in named} == named
    else:  # it may have fewer, and call the same thing otherwise: a size for a flag
        common = [index for index in named if index in have]
        assert [have[index] for index in common] == [named[index] for index in common]


def test_older_shapes_have_the_first_of_them() -> None:
    """Where handlers go by how many parameters there are, or by which are empty, the order must be the same."""
    for shape in SHAPES:
        for prefix in ("SYSCALL_", "SOCKET_", ""):
            if prefix + shape in TYPES:
                kind = TYPES[prefix + shape]
                old, new = ([p.name for p in load(g)[kind].params] for g in (OLD, CURRENT))
                renamed = {"pgid": "vpgid"} if shape == "EXECVE_19_X" and len(old) < 29 else {}
                assert [renamed.get(name, name) for name in old] == new[: len(old)], shape
