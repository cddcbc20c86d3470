"""What the native extension offers; native/*.c say the rest."""

from typing import Any

INTERFACE: int
SOURCES: str

def keep_memory() -> None: ...
def spans(
    buf: Any, off: Any, pos: Any, width: int, v1_most: int, v1_slack: int, rows: int, start: Any, length: Any, /
) -> tuple[int, int, int, int]: ...
def walk(
    region: Any,
    base: int,
    types: int,
    off: Any,
    type: Any,
    tid: Any,
    ts: Any,
    length: Any,
    count: Any,
    first: Any,
    cpu: Any,
    flagged: Any,
    hidden: Any,
    /,
) -> tuple[int, int, int, int, int, int, str]: ...
