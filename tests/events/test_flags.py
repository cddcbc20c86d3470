"""Names of flags, enumerations, errors and signals."""

from __future__ import annotations

import pytest

from pysysdig.events import flags
from pysysdig.events.table import CURRENT, OLD


@pytest.mark.parametrize(
    ("table", "value", "names"),
    [
        ("file_flags", 4097, "O_RDONLY|O_CLOEXEC"),
        ("file_flags", 3, "O_RDWR"),
        ("file_flags", 0, "O_NONE"),
        ("futex_operations", 129, "FUTEX_PRIVATE_FLAG|FUTEX_WAKE"),
        ("futex_operations", 128, "FUTEX_PRIVATE_FLAG"),
        ("access_flags", 0, "F_OK"),
        ("umount_flags", 0, ""),
        ("umount_flags", 1 << 20, ""),
    ],
)
def test_flags(table: str, value: int, names: str) -> None:
    assert flags.flag_names(flags.table(table, CURRENT), value) == names


def test_enumerations_name_every_entry_of_the_value() -> None:
    families = flags.table("socket_families", OLD)
    assert flags.enum_names(families, 1) == "AF_LOCAL|AF_UNIX"
    assert flags.enum_names(families, 2) == "AF_INET"
    assert flags.enum_names(families, 9999) == ""


def test_modes_stop_at_the_whole_value() -> None:
    modes = flags.table("mknod_mode", CURRENT)
    assert flags.mode_names(modes, 0o20600) == "S_IWUSR|S_IRUSR|S_IFCHR"
    assert flags.mode_names(modes, 0o600) == "S_IWUSR|S_IRUSR"
    assert flags.mode_names(modes, 0x8000) == "S_IFREG"


def test_the_older_generation_lacks_newer_entries() -> None:
    assert flags.flag_names(flags.table("file_flags", CURRENT), 1 | 1 << 15) == "O_RDONLY|FD_UPPER_LAYER"
    assert flags.flag_names(flags.table("file_flags", OLD), 1 | 1 << 15) == "O_RDONLY"
    assert flags.table("creat_flags", OLD) == ()


def test_errors_and_signals() -> None:
    assert flags.errno_name(-2) == "ENOENT"
    assert flags.errno_name(-115) == "EINPROGRESS"
    assert flags.errno_name(-9999) == flags.errno_name(5) == ""
    assert flags.errno_name((1 << 40) - 2) == "ENOENT"  # only 32 bits count
    assert flags.signal_name(9) == "SIGKILL"
    assert flags.signal_set(0b101) == "SIGHUP SIGQUIT"
    assert flags.signal_set(0) == ""


def test_memo_is_bounded() -> None:
    memo = flags.FlagTexts("umount_flags", "FLAGS32", CURRENT)
    for value in range(70_000):
        assert memo[value] is not None
    assert len(memo) <= 65_537
