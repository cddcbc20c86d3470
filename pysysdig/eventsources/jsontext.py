"""JSON for sources whose events are JSON: read with limits, written compactly, pointers into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)  # json.loads would make one for each event


def _slow(data: bytes | memoryview) -> Any:
    whole = bytes(data)
    try:
        return _DECODER.decode(whole.decode(json.detect_encoding(whole), "surrogatepass"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _loader() -> Callable[[bytes | memoryview], Any]:
    """orjson's if it is installed (pysysdig[fast-json]): three times as fast."""
    try:
        from orjson import loads
    except ImportError:
        return _slow
    return loads


_load = _loader()


def parsed(data: bytes | memoryview) -> Any:
    """The value of a JSON text. Raises ValueError: what is wrong, in a few words."""
    try:
        return _load(data)
    except UnicodeDecodeError:
        raise ValueError("not JSON: it is not UTF-8") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {getattr(error, 'msg', error)}") from None


def compact(value: Any, *, keys_sorted: bool = False) -> str:
    """A value as JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=keys_sorted)


def text(value: Any) -> str:
    """A value as fields show it: strings as they are, everything else as JSON."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if type(value) is int:
        return str(value)
    return compact(value)


@lru_cache(1024)
def pointer(written: str) -> tuple[str, ...]:
    """The parts of a JSON pointer (RFC 6901) whose leading / may be missing; () is the whole."""
    if written.startswith("/"):
        written = written[1:]
    elif not written:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in written.split("/"))


def at(value: Any, parts: tuple[str, ...]) -> Any:
    """What a pointer points at; MISSING if there is nothing."""
    for part in parts:
        if isinstance(value, dict):
            if part not in value:
                return MISSING
            value = value[part]
        elif isinstance(value, list):
            if not (part.isascii() and part.isdigit()) or len(part) > 9 or int(part) >= len(value):
                return MISSING
            value = value[int(part)]
        else:
            return MISSING
    return value


class _Missing:
    """Told from null."""

    __slots__ = ()


MISSING = _Missing()
