"""A registry of OCI artifacts, as far as reading them goes, and artifacts to put there."""

from __future__ import annotations

import hashlib
import http.server
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pysysdig.service.oci import LAYER
from tests.service.peers import answering

CONFIG = "application/vnd.cncf.falco.rulesfile.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}


def manifest(layer: bytes, kind: str = LAYER) -> bytes:
    """Of an artifact as falcoctl pushes it."""
    layers = [{**descriptor(kind, layer), "annotations": {"org.opencontainers.image.title": "rules.tar.gz"}}]
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": layers}).encode()


class Registry:
    """manifests by tag or digest, blobs by digest; `asks` is the header of a 401 to who has not the `wanted` Authorization;
    `seen` are (path, Authorization)."""

    def __init__(self) -> None:
        self.manifests: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.asks = self.wanted = ""
        self.token = b'{"token": "t0ken"}'
        self.elsewhere = ""  # where blobs are said to be
        self.seen: list[tuple[str, str]] = []
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def put(self, tag: str, layer: bytes, kind: str = LAYER) -> str:
        """The digest of the manifest."""
        made = manifest(layer, kind)
        self.blobs[digest(layer)] = layer
        self.manifests[tag] = self.manifests[digest(made)] = made
        return digest(made)


@contextmanager
def registry() -> Iterator[Registry]:
    made = Registry()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = self.headers.get("Authorization", "")
            made.seen.append((self.path, said))
            *_, kind, name = self.path.split("/")
            headers = {}
            status, data = 404, b""
            if self.path.startswith("/token"):
                status, data = 200, made.token
            elif made.asks and said != made.wanted:
                status, headers = 401, {"WWW-Authenticate": made.asks}
            elif made.elsewhere and kind == "blobs":
                status, headers = 307, {"Location": f"{made.elsewhere}/v2/x/blobs/{name}"}
            elif name in (found := {"manifests": made.manifests, "blobs": made.blobs}.get(kind, {})):
                status, data = 200, found[name]
            self.send_response(status)
            for header, value in headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with answering(Handler) as made.port:
        yield made
