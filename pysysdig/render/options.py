"""RenderOptions: how buffers, times and ports are shown; one object a run, reachable as `view.options`."""

from __future__ import annotations

DOTS, ASCII, HEX, HEX_ASCII, BASE64 = "dots", "ascii", "hex", "hexascii", "base64"


class RenderOptions:
    """Options of rendering.

    buffers     DOTS, ASCII (-A), HEX (-x), HEX_ASCII (-X) or BASE64 (-b)
    json        -j: values for JSON; also lifts the limit below
    max_len     longest text of a buffer in the default mode, 0 = no limit (-v)
    ports       -R: service names instead of port numbers
    time_mode   -t: h a r d D
    """

    __slots__ = ("buffers", "json", "max_len", "ports", "time_mode")

    def __init__(
        self, *, buffers: str = DOTS, json: bool = False, max_len: int = 80, ports: bool = False, time_mode: str = "h"
    ) -> None:
        self.buffers = buffers
        self.json = json
        self.max_len = max_len
        self.ports = ports
        self.time_mode = time_mode
