"""Rules from a web server."""

from __future__ import annotations

import http.server
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.service.fetch import unpack
from tests.service.peers import answering, until
from tests.service.services import RULE, Start, start
from tests.service.test_minisign import Signer

__all__ = ["start"]


def packed(files: dict[str, str], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "/etc/passwd"
            data = text.encode() if kind == tarfile.REGTYPE else b""
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


class Site:
    """A web server with an archive and its signature; knows ETags."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.unchanged = 0
        self.port = 0

    def put(self, signer: Signer, data: bytes) -> None:
        self.files = {"/rules.tar.gz": data, "/rules.tar.gz.minisig": signer.sign(data)}


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = made.files.get(self.path)
            etag = f'"{hash(data)}"'
            if data is not None and self.headers.get("If-None-Match") == etag:
                made.unchanged += 1
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200 if data is not None else 404)
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_: object) -> None:
            pass

    with answering(Handler) as made.port:
        yield made


def test_a_service_with_rules_of_a_server(start: Start, site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """They are there from the start, followed, and what is not good is not taken: the last good set stays."""
    signer = Signer()
    site.put(signer, packed({"etc/fetched.yaml": RULE.format("F1")}))
    options = (
        f"pysysdig.rules.url=http://127.0.0.1:{site.port}/rules.tar.gz", f"pysysdig.rules.public_key={signer.public}",
        "pysysdig.rules.interval=50ms", f"pysysdig.rules.folder={tmp_path}/store",
    )  # fmt: skip
    service = start(*options)

    def names() -> list[str]:
        return [rule.name for rule in service.state.rules.rules]

    assert names() == ["A", "F1"] and service.fetcher is not None
    fetcher = service.fetcher
    site.put(signer, packed({"fetched.yaml": RULE.format("F2"), "more.yml": RULE.format("F3"), "README": "x"}))
    until(lambda: service.look() or names() == ["A", "F2", "F3"])
    until(lambda: site.unchanged > 2)
    for bad, why in (
        (packed({"fetched.yaml": RULE.format("F4").replace("openat", "nosuch")}), "nosuch"), (b"garbage", "not a tar.gz"),
        (packed({"x.txt": "x"}), "no .yaml"),
    ):  # fmt: skip
        site.put(signer, bad)
        until(lambda why=why: why in fetcher.error)  # type: ignore[misc]
        seen = site.unchanged
        until(lambda seen=seen: site.unchanged > seen + 2)  # type: ignore[misc]
        assert why in fetcher.error
    site.put(Signer(), packed({"evil.yaml": RULE.format("E")}))
    until(lambda: "does not fit" in fetcher.error)
    site.files = {}
    until(lambda: "answered 404" in fetcher.error)
    service.look()
    assert names() == ["A", "F2", "F3"]
    assert capfd.readouterr().err.count("does not fit; those that are there stay") == 1
    service.close()
    again = start(*options)  # the server has nothing now
    assert [rule.name for rule in again.state.rules.rules] == ["A", "F2", "F3"]
    folders = [path for path in (tmp_path / "store").iterdir() if not path.is_symlink()]
    assert len(folders) == 2


def test_what_is_unpacked(tmp_path: Path) -> None:
    unpack(packed({"../../evil.yaml": "a", "/abs.yml": "b", ".hidden.yaml": "c", "d/e.txt": "d"}), str(tmp_path / "x"))
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["abs.yml", "evil.yaml"]
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
        with pytest.raises(PysysdigError, match="no .yaml"):
            unpack(packed({"link.yaml": ""}, kind), str(tmp_path / "y"))
    with pytest.raises(PysysdigError, match=r"two files called a\.yaml"):
        unpack(packed({"a/a.yaml": "", "b/a.yaml": ""}), str(tmp_path / "y"))


def test_archives_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.service.fetch.MOST_BYTES", 10_000)
    with pytest.raises(PysysdigError, match="more than 10000 bytes"):
        unpack(packed({"a.yaml": "x" * 20_000}), str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_without_a_key(start: Start) -> None:
    with pytest.raises(PysysdigError, match=r"needs a public_key"):
        start("pysysdig.rules.url=http://127.0.0.1:1/x")
