"""A web server with so many clients at a time."""

from __future__ import annotations

import http.client
import threading

import pytest

from pysysdig.web import BoundedServer, QuietHandler


class Slow(QuietHandler):
    server: Slowly

    def do_GET(self) -> None:
        if self.path == "/fault":
            raise ValueError("a fault of a page")
        self.server.asked.release()
        self.server.go_on.wait(60)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Slowly(BoundedServer):
    def __init__(self, most: int) -> None:
        super().__init__(("127.0.0.1", 0), Slow, most)
        self.asked, self.go_on = threading.Semaphore(0), threading.Event()


def test_connections_beyond_the_bound_are_closed(capfd: pytest.CaptureFixture[str]) -> None:
    with Slowly(2) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        clients = [http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60) for _ in range(3)]
        for client in clients[:2]:
            client.request("GET", "/")
            assert server.asked.acquire(timeout=60)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
            clients[2].request("GET", "/")
            clients[2].getresponse()
        server.go_on.set()
        answers = [client.getresponse() for client in clients[:2]]
        assert [answer.status for answer in answers] == [200, 200] and answers[0].getheader("Server") == "pysysdig"
        for client in clients:
            client.close()
        server.shutdown()
    assert capfd.readouterr().err == ""


def test_a_fault_gives_its_place_back(capfd: pytest.CaptureFixture[str]) -> None:
    with Slowly(1) as server:
        server.go_on.set()
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for path in ("/fault", "/"):
            for _ in range(600):  # until the place is free again
                client = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)
                try:
                    client.request("GET", path)
                    status = client.getresponse().status
                    break
                except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    status = 0
                    if path == "/fault":
                        break
                finally:
                    client.close()
        assert status == 200
        server.shutdown()
    assert capfd.readouterr().err == ""
