"""The kernel's ring buffer in our memory: drained in whole spans, never record by record.

Layout (kernel/bpf/ringbuf.c): page 0 the consumer position, page 1 the producer position (and behind it, on recent
kernels, the position up to which everything is committed), then the data, twice so that a span never wraps: mapped here once,
since both are resident memory from the beginning.
A record is a u32 length (bit 31: being written, bit 30: discarded), a u32 page offset, the bytes, padding to 8.
"""

from __future__ import annotations

import mmap

import numpy as np
import numpy.typing as npt

PAGE = mmap.PAGESIZE
BUSY = 1 << 31
Bytes = npt.NDArray[np.uint8]


class Ring:
    """A mapped ring of `size` bytes (a power of two).

    `position` counts the bytes taken since the start; it only grows.
    """

    def __init__(self, fd: int, size: int) -> None:
        self.size = size
        self._consumer = mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0)
        self._producer = mmap.mmap(fd, PAGE + size, mmap.MAP_SHARED, mmap.PROT_READ, offset=PAGE)
        self._taken: npt.NDArray[np.uint64] | None = np.frombuffer(self._consumer, np.uint64, 1)
        self._made: npt.NDArray[np.uint64] | None = np.frombuffer(self._producer, np.uint64, 2)
        self._data: Bytes | None = np.frombuffer(self._producer, np.uint8, size, PAGE)
        self._words: npt.NDArray[np.uint32] | None = self._data.view(np.uint32)
        self.position = int(self._taken[0])

    def ready(self) -> int:
        """Bytes of whole, committed records that can be taken now."""
        assert self._made is not None and self._words is not None
        made, committed = int(self._made[0]), int(self._made[1])
        end = self.position
        # not an ABI: believed only where it is plausible. Kernels without it have 0 there.
        if self.position <= committed <= made:
            end = committed
        # what it does not cover yet is walked; all of it on older kernels
        mask, words = self.size - 1, self._words
        limit = min(made, end + (1 << 20))
        while end < limit:
            head = int(words[(end & mask) >> 2])
            if head & BUSY:
                break
            end += ((head & 0x3FFFFFFF) + 15) & ~7
        return end - self.position

    def copy(self, out: Bytes) -> None:
        """Copy the next len(out) bytes (at most what `ready` said) and give their room back to the kernel."""
        assert self._data is not None and self._taken is not None
        at = self.position & (self.size - 1)
        first = min(len(out), self.size - at)
        np.copyto(out[:first], self._data[at : at + first])
        if first < len(out):
            np.copyto(out[first:], self._data[: len(out) - first])
        self.position += len(out)
        self._taken[0] = self.position

    def close(self) -> None:
        """Unmap. Nothing may use the ring afterwards."""
        self._taken = self._made = self._data = self._words = None  # views keep the mapping alive
        self._consumer.close()
        self._producer.close()
