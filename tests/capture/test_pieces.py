"""The small converters, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.capture import native
from pysysdig.capture.params import path_of_names


def test_paths_are_turned_round() -> None:
    assert path_of_names(b"cat\0bin\0usr\0") == b"/usr/bin/cat\0"
    assert path_of_names(b"memfd:x\0") == b"memfd:x\0"
    assert path_of_names(b"/\0") == b"/\0"
    assert path_of_names(b"") == b""


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
