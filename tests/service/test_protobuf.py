"""Messages of Falco's gRPC interface."""

from __future__ import annotations

from collections.abc import Iterator

from pysysdig.rules.version import ENGINE
from pysysdig.service.protobuf import response, version
from tests.alerts.outputs.sending import ALERT


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """A message taken apart."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        value = number()
        if key & 7 == 2:
            yield key >> 3, data[at : at + value]
            at += value
        else:
            assert key & 7 == 0
            yield key >> 3, value


def test_an_alert() -> None:
    found = list(fields(response(ALERT, "the line")))
    assert [number for number, _ in found] == [1, 2, 4, 5, *[6] * len(ALERT.fields), 7, 8, 8, 9]
    known = dict(found)
    time = known[1]
    assert isinstance(time, bytes) and dict(fields(time)) == {1: ALERT.time // 10**9, 2: ALERT.time % 10**9}
    assert (known[2], known[4], known[5], known[7], known[9]) == (3, b"My rule, 1", b"the line", b"h1", b"syscall")
    pairs = [tuple(value for _, value in fields(data)) for number, data in found if number == 6 and isinstance(data, bytes)]
    assert (b"proc.pid", b"77") in pairs and (b"user.name", b"null") in pairs and (b"fd.name", b"/bin/<hack>") in pairs


def test_the_version() -> None:
    found = dict(fields(version("0.45.1", ENGINE)))
    assert found == {1: b"0.45.1", 3: 45, 4: 1, 7: ENGINE.minor, 11: str(ENGINE).encode()}
