"""The small converters, one by one."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pysysdig.capture import native
from pysysdig.capture.params import path_of_names
from pysysdig.capture.processes import cgroup_text
from pysysdig.capture.record import Finder
from pysysdig.capture.sockets import address, option_value


def test_addresses() -> None:
    assert address(struct.pack("<H", 2) + b"\x1f\x90" + bytes([127, 0, 0, 1]) + bytes(8)) == b"\2\x7f\0\0\1\x90\x1f"
    six = struct.pack("<H", 10) + b"\0\x50" + bytes(4) + bytes(15) + b"\1" + bytes(4)
    assert address(six) == b"\x0a" + bytes(15) + b"\1\x50\0"
    assert address(struct.pack("<H", 1) + b"/run/x\0junk") == b"\1/run/x\0"
    assert address(struct.pack("<H", 1) + b"\0name") == b"\1name\0"
    assert address(struct.pack("<H", 16) + bytes(10)) == b""
    assert address(b"\2") == b""
    assert address(b"") == b""


def test_socket_options() -> None:
    assert option_value(1, 4, (111).to_bytes(4, "little")) == b"\1" + (-111).to_bytes(8, "little", signed=True)
    assert option_value(1, 20, struct.pack("<QQ", 2, 5)) == b"\4" + (2_000_005_000).to_bytes(8, "little")
    assert option_value(1, 9, b"\1\0\0\0") == b"\2\1\0\0\0"
    assert option_value(6, 1, b"\1\0\0\0") == b"\0\1\0\0\0"


def test_paths_are_turned_round() -> None:
    assert path_of_names(b"cat\0bin\0usr\0") == b"/usr/bin/cat\0"
    assert path_of_names(b"memfd:x\0") == b"memfd:x\0"
    assert path_of_names(b"/\0") == b"/\0"
    assert path_of_names(b"") == b""


def test_cgroups_share_paths() -> None:
    section = struct.pack("<5Q", 10, 10, 0, 20, 10) + b"leaf\0top\0\0" + b"\0"
    assert cgroup_text(section) == b"cpuset=/top/leaf\0cpu=/top/leaf\0io=/\0memory=/top/leaf\0"
    assert cgroup_text(b"") == b""


def test_flag_tables_follow_the_reference(root: Path) -> None:
    reference = json.loads((root / "tables" / "flags.json").read_text())["native_to_stored_x86_64"]

    def check(name: str, convert: Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]) -> None:
        for value, stored in reference[name]["map"].items():
            assert int(convert(np.array([int(value)], np.int64))[0]) == stored, (name, value)

    for name, table in (
        ("clone_flags_to_scap", native.CLONE), ("prot_flags_to_scap", native.PROT), ("mmap_flags_to_scap", native.MMAP),
        ("poll_events_to_scap", native.POLL), ("semop_flags_to_scap", native.SEMOP), ("semget_flags_to_scap", native.SEMGET),
        ("execveat_flags_to_scap", native.EXECVEAT), ("pipe2_flags_to_scap", native.PIPE_FLAGS),
        ("dup3_flags_to_scap", native.DUP3_FLAGS), ("epoll_create1_flags_to_scap", native.EPOLL_FLAGS),
        ("eventfd2_flags_to_scap", native.FD_FLAGS), ("pidfd_open_flags_to_scap", native.PIDFD_FLAGS),
        ("delete_module_flags_to_scap", native.DELETE_MODULE),
    ):  # fmt: skip
        check(name, partial(native.bits, table=table))
    check("open_flags_to_scap", native.open_flags)
    check("open_access_mode", native.open_flags)
    check("fcntl_cmd_to_scap", native.fcntl_command)
    check("fcntl_cmd_1024", native.fcntl_command)
    check("futex_op_enum", native.futex_operation)
    check("semctl_cmd_to_scap", native.semctl_command)
    check("pf_flags_to_scap", native.page_fault)
    check("socket_family_to_scap", native.socket_family)


def test_a_mode_counts_only_for_a_new_file() -> None:
    assert native.open_mode(np.array([0, 0o100]), np.array([0o644, 0o644])).tolist() == [0, 0o644]


def ring(lengths: list[int], position: int, size: int, payload: bytes = b"") -> np.ndarray:
    """Records of a ring from a position on."""
    out = bytearray()
    for n in lengths:
        at = (position + len(out)) & (size - 1)
        out += struct.pack("<II", n, 3 + (at >> 12))
        body = (payload * (n // max(len(payload), 1) + 1))[:n] if payload else bytes(n)
        out += body + bytes(-n % 8)
    return np.frombuffer(out, np.uint8)


@pytest.mark.parametrize("position", [0, 4096 * 5 + 8, (1 << 16) - 64])
def test_records_are_found_across_pages_and_the_end_of_the_ring(position: int) -> None:
    finder = Finder(1 << 16)
    finder.find(ring([80], 0, 1 << 16), 0)
    lengths = [80, 81, 97, 200, 80] * 40
    data = ring(lengths, position, 1 << 16)
    at, end = finder.find(data, position)
    strides = np.array([8 + -(-n // 8) * 8 for n in lengths])
    assert end == len(data)
    assert at.tolist() == (np.cumsum(strides) - strides + 8).tolist()


def test_a_piece_may_go_round_the_ring_more_than_once() -> None:
    finder = Finder(1 << 16)
    data = ring([120] * 2000, 0, 1 << 16)
    at, end = finder.find(data, 0)
    assert len(at) == 2000 and end == len(data)


def test_a_record_cut_at_the_end_waits() -> None:
    finder = Finder(1 << 16)
    data = ring([80, 120], 0, 1 << 16)
    at, end = finder.find(data[: len(data) - 16], 0)
    assert at.tolist() == [8] and end == 88


def test_payload_that_looks_like_a_record_is_not_one() -> None:
    finder = Finder(1 << 16)
    data = ring([80, 160, 80], 0, 1 << 16, struct.pack("<II", 80, 3))
    at, end = finder.find(data, 0)
    assert at.tolist() == [8, 96, 264] and end == len(data)
