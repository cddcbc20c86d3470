"""What is kept between runs, and the kernel's type information it is made with."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from pysysdig.capture import btf, instructions
from pysysdig.capture.btf import Btf, Place
from pysysdig.capture.compiler import with_casts
from pysysdig.errors import PysysdigError

CODE = {name: bytes([i]) * 8 * (i + 1) for i, name in enumerate(instructions.PROGRAMS)}


def test_what_is_kept_comes_back_whole_or_not_at_all() -> None:
    data = instructions.pack(CODE)
    assert instructions.unpack(data) == CODE
    for damaged in (b"", data[:-1], data[:40], data[:60] + bytes([data[60] ^ 1]) + data[61:], b"x" + data):
        assert instructions.unpack(damaged) is None


def test_only_a_file_that_nobody_else_could_write_is_read(tmp_path: Path) -> None:
    path = tmp_path / "probe"
    assert instructions._read(str(path)) is None
    path.write_bytes(instructions.pack(CODE))
    path.chmod(0o600)
    assert instructions._read(str(path)) == CODE
    path.chmod(0o622)
    assert instructions._read(str(path)) is None
    path.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert instructions._read(str(link)) is None


def test_maps_are_put_where_the_instructions_name_them() -> None:
    load = bytes([0x18, 0x11, 0, 0]) + struct.pack("<i", 2) + bytes(8)  # lddw r1, map number 2
    number = bytes([0x18, 0x01, 0, 0]) + struct.pack("<i", 2) + bytes(8)  # lddw r1, 2
    code = number + load + bytes(8) + load
    assert instructions.map_loads(code) == [(20, 2), (44, 2)]
    attached = instructions.attach_maps(code, [7, 8, 9])
    assert instructions.map_loads(attached) == [(20, 9), (44, 9)]
    assert attached[:16] == number


def test_what_gives_a_number_a_type_is_a_function_of_the_kernel() -> None:
    def call(number: int, source: int = 0) -> bytes:
        return bytes([0x85, source << 4, 0, 0]) + struct.pack("<i", number)

    helper, number = call(14), bytes([0xB7, 1, 0, 0]) + struct.pack("<i", instructions.CAST_MARK)
    code = helper + call(instructions.CAST_MARK) + number
    assert with_casts(code, 4711) == helper + call(4711, 2) + number


def _types(path: Path) -> Path:
    """struct pair { int first; union { int second; char text[8]; }; int bit : 1 (at 96); }; enum colour { RED = 5 }"""
    strings = b"\0"

    def name(text: str) -> int:
        nonlocal strings
        at = len(strings)
        strings += text.encode() + b"\0"
        return at

    def entry(label: str, kind: int, members: int, size: int, flag: int = 0) -> bytes:
        return struct.pack("<III", name(label) if label else 0, flag << 31 | kind << 24 | members, size)

    types = entry("int", btf.INT, 0, 4) + struct.pack("<I", 32)  # 1
    types += entry("char", btf.INT, 0, 1) + struct.pack("<I", 8)  # 2
    types += entry("", btf.ARRAY, 0, 0) + struct.pack("<III", 2, 1, 8)  # 3
    types += entry("", btf.UNION, 2, 8) + struct.pack("<IIIIII", name("second"), 1, 0, name("text"), 3, 0)  # 4
    types += entry("number", btf.TYPEDEF, 0, 1)  # 5
    types += entry("pair", btf.STRUCT, 3, 16, 1)  # 6
    types += struct.pack("<IIIIIIIII", name("first"), 5, 0, 0, 4, 32, name("bit"), 1, 1 << 24 | 97)
    types += entry("colour", btf.ENUM, 1, 4) + struct.pack("<II", name("RED"), 5)  # 7
    types += entry("red", btf.FUNC, 0, 5)  # 8
    head = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
    path.write_bytes(head + types + strings)
    return path


def test_places_of_fields(tmp_path: Path) -> None:
    types = Btf(str(_types(tmp_path / "types")))
    assert types.field("pair", "first") == Place(0, 0, 4)
    assert types.field("pair", "second") == Place(4, 0, 4)  # through the nameless union
    assert types.field("pair", "text") == Place(4, 0, 8)
    assert types.field("pair", "bit") == Place(12, 1, 4)
    assert types.field("pair", "third") is None and types.field("triple", "first") is None
    assert types.size("pair") == 16 and types.size("triple") is None
    assert types.number("pair") == 6 and types.number("colour") is None
    assert types.function("red") == 8 and types.function("pair") is None and types.function("re") is None
    assert types.enum("colour", "RED") == 5 and types.enum("colour", "BLUE") is None and types.enum("pair", "RED") is None


def test_damaged_type_information(tmp_path: Path) -> None:
    whole = _types(tmp_path / "types").read_bytes()
    for damaged in (b"", whole[:20], b"\0" * 40, whole[:60]):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(PysysdigError):
            Btf(str(tmp_path / "damaged"))
    with pytest.raises(PysysdigError):
        Btf(str(tmp_path / "missing"))


def test_the_running_kernel() -> None:
    if not os.access(btf.PATH, os.R_OK):
        pytest.skip("this kernel does not describe its types")
    place = Btf().field("task_struct", "pid")
    assert place is not None and place.size == 4 and place.bit == 0
