"""What bursts of processes took goes back to the system: the C library keeps what is free between pieces that are in use."""

from __future__ import annotations

import ctypes
import time

_EVERY = 30.0  # seconds between two looks, which take up to 3 ms


class FreeMemory:
    """Gives it back from time to time; where the C library cannot (it is not glibc) nothing happens."""

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._looked = time.monotonic()

    def look(self) -> None:
        """Once it is time."""
        if time.monotonic() >= self._looked + _EVERY:
            self._looked = time.monotonic()
            if self._trim is not None:
                self._trim(ctypes.c_size_t(0))
