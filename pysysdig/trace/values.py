"""Values of msgpack, the form of all that a frame says but its columns.

Files are not trusted: what is decoded is looked into only through `member`, `listed` and the like, which raise ValueError for
what is not as a writer makes it, and `Damage` makes one error of that.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgpack

from pysysdig.errors import CaptureError

MAX_DECODED = 64 << 20  # bytes of msgpack: decoded, they may take twenty times as much
MAX_CONTAINERS = 1 << 20  # lists and maps among them: each takes seventy times its one byte
_SMALL = 1 << 20  # msgpack that cannot be large, whatever is in it

# what msgpack raises for bytes that are none, or that hold more than it is to unpack
NOT_MSGPACK = (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException)


class Damage:
    """What raises ValueError within it is damage, told as a CaptureError. Nothing else is: other exceptions are our own mistakes.

    where: (name of the file, offset of the frame); what: is wrong, if there is more to say
    """

    __slots__ = ("_what", "_where")

    def __init__(self, where: tuple[str, int | None], what: str = "") -> None:
        self._where = where
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, ValueError):
            raise CaptureError(f"damaged frame: {self._what}" if self._what else "damaged frame", *self._where) from None


def member(value: Any, key: str) -> Any:
    """What a decoded map says under a key. Raises ValueError if it is no map, or does not say it."""
    if type(value) is not dict or key not in value:
        raise ValueError
    return value[key]


def listed(value: Any, count: int | None = None) -> list[Any]:
    """A decoded list, of so many items if `count` says so. Raises ValueError if it is something else."""
    if type(value) is not list or count not in (None, len(value)):
        raise ValueError
    return value


def whole(value: Any) -> int:
    """A decoded integer, which has 64 bits at most. Raises ValueError if it is something else."""
    if type(value) is not int:
        raise ValueError
    return value


def numbers(value: Any, limit: int = 1 << 64) -> list[int]:
    """A decoded list of integers from 0 to below `limit`. Raises ValueError if it is something else."""
    items = listed(value)
    if items and (set(map(type, items)) != {int} or min(items) < 0 or max(items) >= limit):
        raise ValueError
    return items


def words(value: Any) -> list[str]:
    """A decoded list of texts. Raises ValueError if it is something else."""
    items = listed(value)
    if not set(map(type, items)) <= {str}:
        raise ValueError
    return items


def dumps(value: Any) -> bytes:
    """msgpack of maps, lists, integers, bytes and text."""
    packed: bytes = msgpack.packb(value)
    return packed


def loads(data: bytes | memoryview, name: str = "", at: int | None = None, *, count: Containers | None = None) -> Any:
    """The value in msgpack data. Raises CaptureError. count: what limits the lists and maps of several values together."""
    if len(data) > MAX_DECODED:
        raise CaptureError("damaged frame: more than any frame has", name, at)
    try:
        if count is None and len(data) < _SMALL:
            return msgpack.unpackb(data, strict_map_key=False)
        count = count or Containers()
        return msgpack.unpackb(data, strict_map_key=False, object_hook=count.take, list_hook=count.take)
    except NOT_MSGPACK:
        raise CaptureError("damaged frame: not msgpack", name, at) from None


def stepwise(data: bytes) -> msgpack.Unpacker:
    """What unpacks the values in msgpack data one by one, with no more lists and maps than a frame has. It raises NOT_MSGPACK."""
    count = Containers()
    unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=len(data), object_hook=count.take, list_hook=count.take)
    unpacker.feed(data)
    return unpacker


class Values:
    """The values in a msgpack map of texts, decoded when they are asked for: of most rows nobody wants most attributes."""

    __slots__ = ("_count", "_data", "_load", "_places", "_where")

    def __init__(self, load: Callable[[], bytes], name: str = "", at: int | None = None) -> None:
        """load: gives the map when the first value is asked for. What is wrong with it is found then."""
        self._load = load
        self._data: memoryview | None = None
        self._where = (name, at)
        self._count: Containers | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def _find(self, data: bytes) -> memoryview:
        """Note where the values are. Raises CaptureError."""
        name, at = self._where
        if len(data) > MAX_DECODED:
            raise CaptureError("damaged frame: more than any frame has", name, at)
        self._data = out = memoryview(data)
        self._count = None if len(data) < _SMALL else Containers()
        try:
            unpacker = stepwise(data)
            for _ in range(unpacker.read_map_header()):
                key = unpacker.unpack()
                start = unpacker.tell()
                unpacker.skip()
                if isinstance(key, str):
                    self._places[key] = (start, unpacker.tell())
            if unpacker.tell() != len(data):
                raise ValueError
        except NOT_MSGPACK:
            raise CaptureError("damaged frame: not msgpack", name, at) from None
        return out

    def get(self, name: str) -> Any:
        """The value of that name, None if there is none. Raises CaptureError."""
        data = self._data
        if data is None:
            data = self._find(self._load())
        if name not in self._places:
            return None
        start, end = self._places[name]
        return loads(data[start:end], *self._where, count=self._count)

    def forget(self) -> None:
        """The map is loaded again when somebody asks."""
        self._data = None


class Containers:
    """Refuses more lists and maps than a frame has, while they are made."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_CONTAINERS

    def take(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError
        return value
