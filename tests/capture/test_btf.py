"""The kernel's type information."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pysysdig.capture import btf
from pysysdig.capture.btf import Btf, Place
from pysysdig.errors import PysysdigError


def types_file(path: Path) -> Path:
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
    types = Btf(str(types_file(tmp_path / "types")))
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
    whole = types_file(tmp_path / "types").read_bytes()
    for damaged in (b"", whole[:20], b"\0" * 40, whole[:60]):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(PysysdigError):
            Btf(str(tmp_path / "damaged"))
    with pytest.raises(PysysdigError):
        Btf(str(tmp_path / "missing"))
