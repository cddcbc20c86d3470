"""HTTP transactions in the data of sockets."""

from __future__ import annotations

import pytest

from pysysdig.chiselkit.http import HttpChisel, Transaction


def pending() -> Transaction:
    return Transaction("GET", "host/a", "<", "host", 1_000)


@pytest.mark.parametrize(
    ("buffer", "code", "length"),
    [
        ("HTTP/1.1 200 OK..Content-Length: 77....", 200, 77),
        ("HTTP/1.0 404 Not Found....", 404, 0),
        ("junk HTTP/1.1 301 ..Content-Length: 5", 301, 0),
        ("HTTP/1.1 " + "9" * 40 + " x", int("9" * 18), 0),
    ],
)
def test_responses(buffer: str, code: int, length: int) -> None:
    """Numbers of any length are taken as far as they make sense."""
    done = pending()
    assert HttpChisel._end(done, buffer, 5_000) and (done.code, done.length, done.latency) == (code, length, 4_000)


@pytest.mark.parametrize("buffer", ["", "GET / HTTP/1.1", "HTTP/1.1 abc"])
def test_data_without_a_response(buffer: str) -> None:
    done = pending()
    assert not HttpChisel._end(done, buffer, 5_000) and done.code == 0
