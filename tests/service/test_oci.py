"""Rules as artifacts of registries: a small one that can be wrong in every way, and a real one."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pysysdig.alerts.http import Tls
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.service.oci import LAYER, Artifact, Reference, reference
from tests.alerts.outputs.servers import free_port, started
from tests.service.peers import until
from tests.service.registries import CONFIG, MANIFEST, Registry, descriptor, digest, manifest, registry
from tests.service.services import RULE, Start, start
from tests.service.test_fetch import packed
from tests.service.test_minisign import Signer

__all__ = ["start"]
MOST = 1 << 20


@pytest.fixture
def kept() -> Iterator[Registry]:
    with registry() as made:
        yield made


def artifact(kept: Registry, version: str = ":1", user: str = "") -> Artifact:
    return Artifact(f"oci://{kept.host}/falco/rules{version}", Tls(), plain=True, user=user, password="p")


def test_references() -> None:
    sha = "sha256:" + "a" * 64
    for text, found in (
        ("oci://ghcr.io/falcosecurity/rules/falco-rules:3", Reference("ghcr.io", "falcosecurity/rules/falco-rules", "3")),
        ("oci://localhost:5000/r", Reference("localhost:5000", "r", "latest")),
        (f"oci://[::1]:5000/r:1@{sha}", Reference("[::1]:5000", "r", sha)),
    ):
        assert reference(text) == found
    for bad in ("oci://h", "oci://h/", "oci://h/R:1", "oci://u@h/r", "oci://h/../r", "oci://h/r:a b", f"oci://h/r@{sha[:-1]}"):
        with pytest.raises(UsageError, match="is not oci://HOST"):
            reference(bad)


def test_layers_and_what_is_known(kept: Registry) -> None:
    first = kept.put("1", b"rules")
    assert artifact(kept).fetch("", MOST) == (b"rules", first)
    assert artifact(kept).fetch(first, MOST) is None
    assert artifact(kept, f"@{first}").fetch("", MOST) == (b"rules", first)
    second = kept.put("1", b"other")
    assert artifact(kept).fetch(first, MOST) == (b"other", second)
    index = json.dumps({"manifests": [{**descriptor(MANIFEST, kept.manifests[first]), "platform": {"os": "linux"}}]}).encode()
    kept.manifests["1"] = index
    assert artifact(kept).fetch("", MOST) == (b"rules", digest(index))


def test_nothing_is_taken_that_does_not_fit(kept: Registry) -> None:
    first = kept.put("1", b"rules")
    kept.blobs[digest(b"rules")] = b"RULES"
    with pytest.raises(PysysdigError, match="the content is not sha256:"):
        artifact(kept).fetch("", MOST)
    kept.manifests[first] = manifest(b"evil")
    with pytest.raises(PysysdigError, match="the manifest is not sha256:"):
        artifact(kept, f"@{first}").fetch("", MOST)
    kept.manifests["1"] = json.dumps({"manifests": [{"digest": first}]}).encode()
    with pytest.raises(PysysdigError, match="the manifest is not sha256:"):
        artifact(kept).fetch("", MOST)
    kept.put("1", b"x" * 2000)
    with pytest.raises(PysysdigError, match="more than 1000 bytes"):
        artifact(kept).fetch("", 1000)
    kept.put("1", b"plugin", "application/vnd.cncf.falco.plugin.layer.v1+tar.gz")
    with pytest.raises(PysysdigError, match=r"no rules, but application/vnd.cncf.falco.plugin"):
        artifact(kept).fetch("", MOST)
    for wrong in (b"", b"[]", b"{}", b"[" * 100_000, b'{"layers": []}', b'{"layers": [1]}', b'{"layers": [{"digest": "md5:1"}]}'):
        kept.manifests["1"] = wrong
        with pytest.raises(PysysdigError, match="the manifest"):
            artifact(kept).fetch("", MOST)
    with pytest.raises(PysysdigError, match="answered 404"):
        artifact(kept, ":none").fetch("", MOST)


def test_tokens(kept: Registry) -> None:
    first = kept.put("1", b"rules")
    realm = f"http://{kept.host}/token"
    kept.asks, kept.wanted = f'Bearer realm="{realm}",service="reg",scope="repository:falco/rules:pull"', "Bearer t0ken"
    one = artifact(kept, user="u")
    assert one.fetch("", MOST) == (b"rules", first)
    asked = [(urlsplit(path).query, said) for path, said in kept.seen if path.startswith("/token")]
    assert [(parse_qs(query), said) for query, said in asked] == [
        ({"service": ["reg"], "scope": ["repository:falco/rules:pull"]}, "Basic dTpw")
    ]
    kept.token, kept.wanted = b'{"access_token": "later"}', "Bearer later"  # the first one has run out
    assert one.fetch("", MOST) == (b"rules", first)
    for wrong in (b"", b"[]", b"{}", b'{"token": 1}', b'{"token": "a\\r\\nX: y"}', '{"token": "\u00fc"}'.encode()):
        kept.token = wrong
        with pytest.raises(PysysdigError, match="tokens has none"):
            artifact(kept).fetch("", MOST)
    kept.token = b'{"token": "wrong"}'
    with pytest.raises(PysysdigError, match="answered 401"):
        artifact(kept).fetch("", MOST)
    kept.asks, kept.wanted = 'Basic realm="r"', "Basic dTpw"
    assert artifact(kept, user="u").fetch("", MOST) == (b"rules", first)
    with pytest.raises(PysysdigError, match="wants to know who asks"):
        artifact(kept).fetch("", MOST)
    for bad in ("file:///etc/passwd", "ftp://h/"):
        kept.asks, kept.wanted = f'Bearer realm="{bad}"', "x"
        with pytest.raises(PysysdigError, match="which is not https"):
            artifact(kept).fetch("", MOST)
    kept.asks = 'Bearer realm="https://["'
    with pytest.raises(PysysdigError, match="which is no URL"):
        artifact(kept).fetch("", MOST)


def test_tokens_go_to_nobody_else(kept: Registry) -> None:
    """Registries send clients elsewhere for layers: that server is not told who asks."""
    first = kept.put("1", b"rules")
    kept.asks, kept.wanted = 'Basic realm="r"', "Basic dTpw"
    with registry() as other:
        other.put("1", b"rules")
        kept.elsewhere = f"http://{other.host}"
        assert artifact(kept, user="u").fetch("", MOST) == (b"rules", first)
        assert [said for _, said in other.seen] == [""]


def test_a_service_with_rules_of_a_registry(start: Start, kept: Registry, tmp_path: Path) -> None:
    """Signed, followed, tried before they are taken; the last good set stays."""
    signer = Signer()

    def put(data: bytes, by: Signer | None) -> None:
        if by is not None:
            kept.put(f"sha256-{digest(data)[7:]}.minisig", by.sign(data), "application/octet-stream")
        kept.put("1", data)

    put(packed({"fetched.yaml": RULE.format("F1")}), signer)
    service = start(
        f"pysysdig.rules.url=oci://{kept.host}/falco/rules:1", f"pysysdig.rules.public_key={signer.public}",
        "pysysdig.rules.plain_http=true", "pysysdig.rules.interval=50ms", f"pysysdig.rules.folder={tmp_path}/store",
    )  # fmt: skip

    def names() -> list[str]:
        return [rule.name for rule in service.state.rules.rules]

    assert names() == ["A", "F1"] and service.fetcher is not None
    fetcher = service.fetcher
    put(packed({"fetched.yaml": RULE.format("F2")}), signer)
    until(lambda: service.look() or names() == ["A", "F2"])
    for data, by, why in (
        (packed({"a.yaml": RULE.format("E1")}), None, "there is no signature"),
        (packed({"a.yaml": RULE.format("E2")}), Signer(), "does not fit"),
        (packed({"a.yaml": RULE.format("E3").replace("openat", "nosuch")}), signer, "nosuch"),
    ):
        put(data, by)
        until(lambda why=why: why in fetcher.error)  # type: ignore[misc]
        service.look()
        assert names() == ["A", "F2"]
    put(packed({"fetched.yaml": RULE.format("F4")}), signer)
    until(lambda: service.look() or names() == ["A", "F4"])
    until(lambda: not fetcher.error)


def test_a_real_registry(tmp_path: Path) -> None:
    """Debian's docker-registry."""
    port = free_port()
    (tmp_path / "config.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/store}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    )
    layer = packed({"fetched.yaml": RULE.format("F")})
    signer = Signer()
    with started("docker-registry", ["serve", tmp_path / "config.yml"], port, tmp_path):
        pushed = push(port, "1", layer, LAYER)
        push(port, f"sha256-{digest(layer)[7:]}.minisig", signer.sign(layer), "application/octet-stream")
        one = Artifact(f"oci://127.0.0.1:{port}/falco/rules:1", Tls(), plain=True)
        assert one.fetch("", MOST) == (layer, digest(pushed))
        assert one.fetch(digest(pushed), MOST) is None
        assert one.signature(layer, 4096).startswith(b"untrusted comment")
        with pytest.raises(PysysdigError, match="there is no signature"):
            one.signature(b"other", 4096)


def push(port: int, tag: str, layer: bytes, kind: str) -> bytes:
    """As clients of registries do it; returns the manifest."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(method: str, path: str, body: bytes = b"", content: str = "application/octet-stream") -> http.client.HTTPResponse:
        connection.request(method, path, body, {"Content-Type": content})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (201, 202), answer.status
        return answer

    for blob in (layer, b"{}"):
        where = urlsplit(ask("POST", "/v2/falco/rules/blobs/uploads/").headers["Location"])
        ask("PUT", f"{where.path}?{where.query}&digest={digest(blob)}", blob)
    made = manifest(layer, kind)
    assert json.loads(made)["config"]["mediaType"] == CONFIG
    ask("PUT", f"/v2/falco/rules/manifests/{tag}", made, MANIFEST)
    connection.close()
    return made
