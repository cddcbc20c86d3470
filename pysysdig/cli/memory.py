"""What bursts of processes took goes back to the system: the C library keeps what is free between pieces that are in use."""

from __future__ import annotations

import time

_EVERY = 30.0  # seconds between two looks, which take up to 3 ms


class FreeMemory:
    """Gives it back from time to time; where the C library cannot (it is not glibc) nothing happens."""

    def __init__(self) -> None:
        self._looked = time.monotonic()

    def look(self) -> None:
        """Once it is time."""
        if time.monotonic() >= self._looked + _EVERY:
            self._looked = time.monotonic()
            import ctypes  # a replay that is over before has no need of it

            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if trim is not None:
                trim(ctypes.c_size_t(0))
