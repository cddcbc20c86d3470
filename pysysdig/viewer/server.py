"""A web server for one person: on the loopback interface, behind a random token, and nothing but GET.

Other users of the machine, and pages of others in the same browser, do not know the token; a name of theirs that resolves to the
loopback address is not among the hosts that are answered (DNS rebinding).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pysysdig.errors import PysysdigError, reason
from pysysdig.web import BoundedServer, QuietHandler

HTML, JSON, PLAIN = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
ADDRESS = "127.0.0.1"
_PATIENCE = 10.0  # seconds until a request has to be there, and for each part of its answer to be taken
_MOST_CLIENTS = 16
_LONGEST = 16_384  # characters of a path with its question
_MOST_PARTS = 8  # of a question
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Answer(NamedTuple):
    """What is said to a request."""

    body: bytes
    type: str = JSON
    status: int = 200


# what to say to a path and its question
Answering = Callable[[str, "dict[str, str]"], Answer]


class Server:
    """Answers until it is closed.

    url    where to begin; whoever knows it may ask
    """

    def __init__(self, answering: Answering, port: int = 0) -> None:
        """port: 0 = any. Raises PysysdigError."""
        try:
            self._server = _Server(answering, port)
        except (OSError, OverflowError) as error:
            raise PysysdigError(f"can't listen on {ADDRESS}:{port}: {reason(error)}") from None
        self.port: int = self._server.server_address[1]
        self.url = f"http://{ADDRESS}:{self.port}/?token={self._server.token}"

    def serve(self) -> None:
        """Answer, until `close` is called or an exception comes from a signal."""
        self._server.serve_forever(0.2)

    def close(self) -> None:
        """Answer nobody any more; from another thread than that of `serve`, or after it."""
        self._server.shutdown()

    def release(self) -> None:
        """Give the port back; after `serve`."""
        self._server.server_close()


class _Server(BoundedServer):
    def __init__(self, answering: Answering, port: int) -> None:
        self.answering = answering
        self.token = secrets.token_urlsafe(24)
        super().__init__((ADDRESS, port), _Handler, _MOST_CLIENTS)


class _Handler(QuietHandler):
    server: _Server
    timeout = _PATIENCE

    def parse_request(self) -> bool:
        there = super().parse_request()
        if there and self.command != "GET":
            self._say(Answer(b"only GET is answered\n", PLAIN, 405))
            return False
        return there

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        if self.headers.get_all("Host") not in ([f"{ADDRESS}:{port}"], [f"localhost:{port}"]):
            return self._say(Answer(b"this is not the host that was asked for\n", PLAIN, 403))
        if len(self.path) > _LONGEST:
            return self._say(Answer(b"the address is too long\n", PLAIN, 414))
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return self._say(Answer(b"other pages may not ask\n", PLAIN, 403))
        try:
            parts = urlsplit(self.path)
            asked = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_MOST_PARTS))
        except ValueError:
            return self._say(Answer(b"this address means nothing\n", PLAIN, 400))
        if self._is_token(asked.pop("token", "")):
            cookie = f"{self._cookie}={self.server.token}; Path=/; HttpOnly; SameSite=Strict"
            return self._say(Answer(b"", PLAIN, 303), {"Location": "/", "Set-Cookie": cookie})
        if not self._is_token(self._given()):
            return self._say(Answer(b"open the address that pysysdig serve has printed\n", PLAIN, 403))
        return self._say(self.server.answering(parts.path, asked))

    @property
    def _cookie(self) -> str:
        return f"pysysdig-{self.server.server_address[1]}"  # cookies know no ports

    def _given(self) -> str:
        """The token of the cookie, "" if there is none."""
        try:
            given = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return given.value if given is not None else ""

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "surrogateescape"), self.server.token.encode())

    def _say(self, answer: Answer, more: dict[str, str] | None = None) -> None:
        self.send_response(answer.status)
        for name, value in {**_HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library has to say of requests that it does not understand, without a word of these."""
        self.close_connection = True
        self._say(Answer(f"{int(code)}\n".encode(), PLAIN, int(code)))
