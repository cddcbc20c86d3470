"""Values of tables as text, CSV and JSON have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pysysdig.state.fds import ip_text


def plain_text(value: Any) -> str:
    """A value of a text column: bytes that are not UTF-8 become U+FFFD, addresses are written out."""
    if type(value) is str:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8", "replace")
    if type(value) is bytes:
        return ip_text(value) if len(value) in (4, 16) else value.decode("utf-8", "replace")
    return str(value)


def cell(value: Any) -> Any:
    """A value as CSV has it: lists and dicts as JSON, times as RFC 3339, bytes in hexadecimal digits."""
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=plain, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, (str, int, float)) else plain(value)


def plain(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else str(value)


def objects(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Each row as a JSON object."""
    encode = json.JSONEncoder(default=plain, ensure_ascii=False).encode
    return (encode(dict(zip(names, row))) for row in rows)
