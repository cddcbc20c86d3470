"""Where the parameters of one encoded event lie, for the few events that are looked at one by one."""

from __future__ import annotations

from struct import Struct

from pysysdig.events._event_table import EVENTS
from pysysdig.events.layout import COUNT, HEAD, HEADER_V1, HEADER_V2, PARAM_COUNT
from pysysdig.events.table import LARGE_PAYLOAD, TYPES

_LENS = [Struct(f"<{n}H") for n in range(64)]
_LONG_LENS = [Struct(f"<{n}I") for n in range(64)]
_ASYNC, _NO_PLUGIN = TYPES["ASYNCEVENT_E"], bytes(4)
_LARGE = frozenset(number for number, row in enumerate(EVENTS) if row[3] & LARGE_PAYLOAD)


def locate(data: memoryview, offset: int, v1_count: int = -1) -> tuple[list[int], tuple[int, ...], int]:
    """(starts, lengths, type) of the encoded event at `offset`; v1_count is the number of parameters for old headers.

    A table that does not fit the event yields no parameters: EventBatch.spans reports the damage where it is shown.
    """
    _, _, length, type_ = HEAD.unpack_from(data, offset)
    if v1_count >= 0:
        n, at = v1_count, offset + HEADER_V1
    else:
        n = PARAM_COUNT.unpack_from(data, offset + COUNT)[0]
        at = offset + HEADER_V2
    width, tables = (4, _LONG_LENS) if type_ in _LARGE else (2, _LENS)
    if n >= len(tables) or at + width * n > offset + length:
        return [], (), type_
    lens = tables[n].unpack_from(data, at)
    at += width * n
    starts = []
    for size in lens:
        starts.append(at)
        at += size
    if at > offset + length:
        return [], (), type_
    return starts, lens, type_


def encode(ts: int, tid: int, type_: int, params: list[bytes]) -> bytes:
    """An event with a header of version 2."""
    tables, width = (_LONG_LENS, 4) if type_ in _LARGE else (_LENS, 2)
    body = b"".join(params)
    size = HEADER_V2 + width * len(params) + len(body)
    return (
        HEAD.pack(ts, tid & 0xFFFFFFFFFFFFFFFF, size, type_)
        + PARAM_COUNT.pack(len(params))
        + tables[len(params)].pack(*map(len, params))
        + body
    )


def encode_async(ts: int, name: str, data: bytes) -> bytes:
    """An event of that name about something beside system calls, as the current libraries have it. data: ends with 0 if it is a
    text."""
    return encode(ts, 0, _ASYNC, [_NO_PLUGIN, name.encode() + b"\0", data])
