"""Memory that goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# pieces of a kilobyte, of which every 64th stays; it prints the KiB that are resident with all, with those, and after a look
PROGRAM = """
import ctypes, sys
from pysysdig.cli import memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
pieces = [libc.malloc(1000) for _ in range(60_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 1000)
memory._EVERY = float(sys.argv[1])
keeper = memory.FreeMemory()
print(resident())
for at, piece in enumerate(pieces):
    if at % 64:
        libc.free(piece)
print(resident())
keeper.look()
print(resident())
"""


@pytest.mark.skipif(not hasattr(__import__("ctypes").CDLL(None), "malloc_trim"), reason="the C library is not glibc")
@pytest.mark.parametrize("every", [0, 1000])
def test_what_is_free_between_what_is_in_use_goes_back(every: int) -> None:
    root = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-c", PROGRAM, str(every)]
    with_all, before, after = map(int, subprocess.run(words, cwd=root, capture_output=True, check=True).stdout.split())
    assert with_all - before < 10_000  # it stays with the process
    assert (before - after > 40_000) == (every == 0)
