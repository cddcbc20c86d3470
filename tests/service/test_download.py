"""Files of web servers."""

from __future__ import annotations

import pytest

from pysysdig.alerts.http import Tls
from pysysdig.errors import PysysdigError
from pysysdig.service.download import Answered, download
from tests.service.peers import free_port, web_peer


def test_what_there_is() -> None:
    with web_peer() as peer:
        peer.answers += [(200, b"abc"), (200, b"abc"), (404, b"no")]
        found = download(peer.url, 3, Tls(), {"Accept": "x"}, "secret")
        assert found.data == b"abc" and found.headers["content-length"] == "3"
        assert (peer.requests[0].headers["Accept"], peer.requests[0].headers["Authorization"]) == ("x", "secret")
        with pytest.raises(PysysdigError, match="more than 2 bytes"):
            download(peer.url, 2, Tls())
        with pytest.raises(Answered, match="answered 404") as caught:
            download(peer.url, 2, Tls())
        assert caught.value.status == 404 and caught.value.headers["content-length"] == "2"


def test_what_fails() -> None:
    with pytest.raises(PysysdigError, match="refused"):
        download(f"http://127.0.0.1:{free_port()}/", 9, Tls())
    with web_peer() as peer:
        peer.answers += [None]
        with pytest.raises(PysysdigError, match=r"(?i)closed"):
            download(peer.url, 9, Tls())
