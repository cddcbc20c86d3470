"""The web server: health, versions, metrics, the rules at work. Plain HTTP or TLS, read only unless somebody adds more."""

from __future__ import annotations

import hmac
import io
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.web import BoundedServer, QuietHandler

if TYPE_CHECKING:
    from pysysdig.service.config import WebSettings

JSON, PLAIN = "application/json", "text/plain; charset=utf-8"
_PATIENCE = 60.0  # seconds that a client may take for a request, and for an answer
_MOST_CLIENTS = 64
_HANDSHAKE = b"\x16"  # what TLS begins with
_NO_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"  # as Go's servers say it


class Answer(NamedTuple):
    """What a page says."""

    body: str
    type: str = JSON
    status: int = 200


Page = Callable[[], Answer]
Post = Callable[[bytes, str], Answer]  # of a body and its content type


class WebServer:
    """Serves pages until it is closed, each request in a thread.

    port    that it listens to
    """

    def __init__(
        self, settings: WebSettings, pages: Mapping[str, Page], posts: Mapping[str, Post] | None = None, most: int = 0
    ) -> None:
        """pages: by path, for GET and HEAD; posts: what is done with bodies, of `most` bytes, that are posted. Raises
        PysysdigError."""
        context = tls_context(settings)
        try:
            self._server = _Server(settings, context, pages, posts or {}, most)
        except OSError as error:
            raise _failed(settings, error) from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="web server", daemon=True)
        self._thread.start()

    def pages(self, pages: Mapping[str, Page]) -> None:
        """Serve these from now on."""
        self._server.pages = pages

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def tls_context(settings: WebSettings) -> ssl.SSLContext | None:
    """For a server with a certificate; None: it has none. Raises PysysdigError."""
    if not settings.certificate:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificate)
        if settings.client_ca:
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise _failed(settings, error) from None
    return context


def _failed(settings: WebSettings, error: OSError) -> PysysdigError:
    where = ", ".join(filter(None, (f"{settings.address}:{settings.port}", settings.certificate, settings.client_ca)))
    return PysysdigError(f"an error occurred while starting webserver: {where}: {error.strerror or error}")


class _Server(BoundedServer):
    def __init__(
        self,
        settings: WebSettings,
        context: ssl.SSLContext | None,
        pages: Mapping[str, Page],
        posts: Mapping[str, Post],
        most: int,
    ) -> None:
        if ipaddress.ip_address(settings.address).version == 6:
            self.address_family = socket.AF_INET6
        self.pages, self.posts, self.most = pages, posts, most
        self._context = context
        self.authorization = settings.authorization.encode()
        super().__init__((settings.address, settings.port), _Handler, _MOST_CLIENTS)

    def converse(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        try:
            assert isinstance(request, socket.socket)
            request.settimeout(_PATIENCE)
            if self._context is not None:
                if request.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
                    request.recv(io.DEFAULT_BUFFER_SIZE)  # what is left unread would take the answer along
                    request.sendall(_NO_TLS)
                    self.shutdown_request(request)
                    return
                request = self._context.wrap_socket(request, server_side=True)  # here: a slow client holds up nobody
            super().converse(request, client_address)
        except OSError:
            self.shutdown_request(request)


class _Handler(QuietHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        self._answer(page() if page is not None else Answer("", PLAIN, 404))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        post = self.server.posts.get(self.path.partition("?")[0])
        size = self.headers.get("Content-Length", "")
        if post is None or not size.isdigit() or int(size) > self.server.most:
            self.close_connection = True  # the body is not read
            status = 404 if post is None else 413 if size.isdigit() else 411
            self._answer(Answer("", PLAIN, status))
            return
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if self.server.authorization and not hmac.compare_digest(given, self.server.authorization):
            self.close_connection = True
            self._answer(Answer("", PLAIN, 401))
            return
        body = self.rfile.read(int(size))
        if len(body) < int(size):  # the client has gone
            self.close_connection = True
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = unpacked(body, self.server.most)
        self._answer(post(body, self.headers.get("Content-Type", "")))

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode("utf-8", "replace")
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(body)))
        if answer.status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="pysysdig"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def unpacked(body: bytes, most: int) -> bytes:
    """What gzip made smaller; "" if it is damaged, or larger than `most`."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        out = unzip.decompress(body, most)
    except zlib.error:
        return b""
    return out if unzip.eof else b""
