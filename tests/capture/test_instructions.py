"""What is kept between runs, and the kernel's type information it is made with."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from pysysdig.capture import btf, compiler, instructions, offsets, probe
from pysysdig.capture.btf import Btf
from pysysdig.capture.compiler import with_functions
from pysysdig.capture.instructions import Instructions, Program
from pysysdig.capture.iterators import Iterators

CODE = {name: Program(bytes([i]) * 8 * (i + 1)) for i, name in enumerate(instructions.PROGRAMS)}
ITERATED = {name: Program(b"x" * 16, 4711) for name in instructions.ITERATORS}


@pytest.mark.parametrize("more", [{}, ITERATED], ids=["a kernel without iterators", "one with them"])
def test_what_is_kept_comes_back_whole_or_not_at_all(more: Instructions) -> None:
    data = instructions.pack(CODE | more)
    assert instructions.unpack(data) == CODE | more
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


def test_what_bcc_does_not_know_is_a_function_of_the_kernel() -> None:
    def call(number: int, source: int = 0) -> bytes:
        return bytes([0x85, source << 4, 0, 0]) + struct.pack("<i", number)

    helper, number = call(14), bytes([0xB7, 1, 0, 0]) + struct.pack("<i", instructions.CAST_MARK)
    code = helper + call(instructions.CAST_MARK) + number + call(instructions.COUNT_MARKS["COUNT_ON"])
    functions = {instructions.CAST_MARK: 4711, instructions.COUNT_MARKS["COUNT_ON"]: 12}
    assert with_functions(code, functions) == helper + call(4711, 2) + number + call(12, 2)


@pytest.mark.live
@pytest.mark.parametrize("lacks", [("COUNTED",), ("TYPED",), ("ITERATORS",), ("COUNTED", "TYPED", "ITERATORS")], ids=" ".join)
def test_older_kernels_take_the_programs_too(lacks: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have no functions for loops and types, and no iterators: what is compiled for them loads here as well."""
    defines, iterators = offsets.defines, offsets.iterators

    def fewer(types: Btf) -> str:
        words = tuple(f"#define {name}" for name in lacks)
        return "".join(line for line in defines(types).splitlines(True) if not line.startswith(words))

    monkeypatch.setattr(offsets, "defines", fewer)
    monkeypatch.setattr(offsets, "iterators", lambda types: {} if "ITERATORS" in lacks else iterators(types))
    code = compiler._compile()
    assert ("on_task" in code) == ("ITERATORS" not in lacks and bool(iterators(Btf())))
    monkeypatch.setattr(probe, "instructions", lambda: code)
    opened = probe.Probe(1 << 16, 80, os.getpid())
    assert (opened.iterators is not None) == ("on_task" in code and Iterators.usable())
    opened.close()


def test_the_running_kernel() -> None:
    if not os.access(btf.PATH, os.R_OK):
        pytest.skip("this kernel does not describe its types")
    place = Btf().field("task_struct", "pid")
    assert place is not None and place.size == 4 and place.bit == 0
