"""What the probe and the program must agree on: numbers and sizes of probe/00_record.h on both sides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pysysdig.capture import calls, iterators, operations, probe, record


@pytest.fixture
def header(root: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", (root / "probe/00_record.h").read_text(), flags=re.DOTALL)


def enumerators(header: str, name: str) -> dict[str, int]:
    """Names and values of a C enum."""
    found = re.search(rf"enum {name} {{(.*?)}}", header, re.DOTALL)
    assert found is not None
    out: dict[str, int] = {}
    following = 0
    for item in filter(None, map(str.strip, found[1].split(","))):
        word, _, value = (part.strip() for part in item.partition("="))
        out[word] = int(value) if value else following
        following = out[word] + 1
    return out


def test_operations(header: str) -> None:
    theirs = enumerators(header, "operation")
    ours = {name: value for name, value in vars(operations).items() if name.startswith("OP_")}
    assert ours == theirs and len(ours) > 20


def test_when(header: str) -> None:
    theirs = enumerators(header, "when")
    assert {name: getattr(operations, name) for name in theirs} == theirs


def test_record_types(header: str) -> None:
    theirs = {name.removeprefix("REC_"): value for name, value in enumerators(header, "record_type").items()}
    assert {name: getattr(record, name) for name in theirs} == theirs


def test_macros(header: str) -> None:
    macros = dict(re.findall(r"#define (\w+) (\d+)\s", header))
    twins = {
        name: value for module in (calls, iterators, operations, record) for name, value in vars(module).items() if name in macros
    }
    assert twins == {name: int(value) for name, value in macros.items()}
    assert operations_per_call(header) == record.OPS
    assert f"#define FOREIGN_GENERIC (1 << {probe._GENERIC.bit_length() - 1})" in header


def operations_per_call(header: str) -> int:
    return 6 if "u32 ops[2][OPS];" in header else 0


def test_parts_of_an_operation(header: str) -> None:
    """Where code, arguments, condition and size lie in the number."""
    assert "OP_CODE(op) ((op) & 0xff)" in header
    number = operations.operation(0xAB, 0x5, 0x9, 0x123, 0x7)
    for name, value in (("ARG", 0x5), ("ARG2", 0x9), ("WHEN", 0x7)):
        found = re.search(rf"OP_{name}\(op\) \(\(\(op\) >> (\d+)\) & 15\)", header)
        assert found is not None and number >> int(found[1]) & 15 == value
    found = re.search(r"OP_SIZE\(op\) \(\(op\) >> (\d+)\)", header)
    assert found is not None and number >> int(found[1]) == 0x123


@pytest.mark.parametrize(
    ("struct", "size"),
    [
        ("call", record.CALL.itemsize),
        ("config", record.CONFIG.itemsize),
        ("loss", record.LOSS.itemsize),
        ("header", record.HEADER),
    ],
)
def test_sizes_of_structures(header: str, struct: str, size: int) -> None:
    found = re.search(rf"struct {struct} {{(.*?)}};", header, re.DOTALL)
    assert found is not None
    total = 0
    for width, names in re.findall(r"[us](\d+) ([^;]+);", found[1]):
        for name in names.split(","):
            count = 1
            for length in re.findall(r"\[(\w+)\]", name):
                count *= record.OPS if length == "OPS" else int(length)
            total += int(width) // 8 * count
    assert total == size
