"""RenderOptions: how buffers, times and ports are shown. Each use of a field (fields.registry.FieldRef) has them."""

from __future__ import annotations

from typing import NamedTuple

DOTS, ASCII, HEX, HEX_ASCII, BASE64 = "dots", "ascii", "hex", "hexascii", "base64"


class RenderOptions(NamedTuple):
    """Options of rendering.

    buffers     DOTS, ASCII (-A), HEX (-x), HEX_ASCII (-X) or BASE64 (-b)
    json        -j: values for JSON; also lifts the limit below
    max_len     longest text of a buffer in the default mode, 0 = no limit (-v)
    ports       -R: service names instead of port numbers
    time_mode   -t: h a r d D
    """

    buffers: str = DOTS
    json: bool = False
    max_len: int = 80
    ports: bool = False
    time_mode: str = "h"


PLAIN = RenderOptions()
