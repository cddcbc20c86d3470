"""The layout of an encoded event (docs/reference/scap-format.md): header, table of parameter lengths, values back to back.

The header is time, thread, length of the whole event, type and, in version 2, the number of parameters. Lengths have two
bytes each, in events with large payloads four.
"""

from __future__ import annotations

from struct import Struct

import numpy as np

TS, TID, LENGTH, TYPE, COUNT = 0, 8, 16, 20, 22  # where the fields are
HEADER_V1 = 22  # size without the number of parameters
HEADER_V2 = 26

HEAD = Struct("<QQIH")  # time, thread (as an unsigned number), length, type
PARAM_COUNT = Struct("<I")

_NAMES, _FORMATS, _OFFSETS = (
    ["ts", "tid", "length", "type", "count"],
    ["<u8", "<i8", "<u4", "<u2", "<u4"],
    [TS, TID, LENGTH, TYPE, COUNT],
)


def _header(names: list[str], formats: list[str], offsets: list[int], size: int) -> np.dtype[np.void]:
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


HEADER = _header(_NAMES, _FORMATS, _OFFSETS, HEADER_V2)
# a header of version 2, the length of the first parameter and those of the first four; of version 1, these are something else
HEADER_AND_FIRST = _header(
    [*_NAMES, "first", "lengths"], [*_FORMATS, "<u2", "<u8"], [*_OFFSETS, HEADER_V2, HEADER_V2], HEADER_V2 + 8
)
