"""Rules as artifacts of OCI registries, as falcoctl makes and reads them: the parts of the distribution specification that it
takes to read one.

Nothing is believed that does not fit its digest: manifests, layers, and what the reference names if it names a digest. The
signature of an artifact is another one in the same repository, as cosign keeps its own: under the tag `sha256-HEX.minisig`, HEX
being the digest of the layer, with the .minisig file as its only layer. So artifacts of others stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from pysysdig.alerts.http import basic
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.service.download import Answered, Download, download

if TYPE_CHECKING:
    from pysysdig.alerts.http import Tls

SCHEME = "oci://"
LAYER = "application/vnd.cncf.falco.rulesfile.layer.v1+tar.gz"
_MANIFEST, _INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
_DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
_REFERENCE = re.compile(
    r"oci://(?P<host>[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?)"
    r"/(?P<repository>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'([A-Za-z]+)="([^"]*)"')
_MOST_MANIFEST = 4 << 20  # what registries take, too
_MOST_TOKEN = 1 << 20


class Reference(NamedTuple):
    """Where an artifact is; version: a tag, or a digest, which counts more."""

    host: str
    repository: str
    version: str


def reference(url: str) -> Reference:
    """oci://HOST/REPOSITORY[:TAG][@DIGEST]. Raises UsageError."""
    found = _REFERENCE.fullmatch(url)
    if found is None:
        raise UsageError(f"configuration: pysysdig.rules.url: {url} is not oci://HOST/REPOSITORY:TAG")
    return Reference(found["host"], found["repository"], found["digest"] or found["tag"] or "latest")


class Artifact:
    """What a reference leads to, today."""

    def __init__(self, url: str, tls: Tls, *, plain: bool = False, user: str = "", password: str = "") -> None:
        """plain: HTTP without TLS. Raises UsageError."""
        self._at = reference(url)
        self._tls = tls
        self._plain = plain
        self._basic = basic(user, password) if user else ""
        self._authorization = ""

    def fetch(self, before: str, most: int) -> tuple[bytes, str] | None:
        """The layer (at most so many bytes), and what tells it from others: the digest of the manifest. None: it is the one
        called `before`. Raises PysysdigError."""
        layer, digest = self._layer(self._at.version, before)
        if layer is None:
            return None
        if layer.get("mediaType") != LAYER:
            raise PysysdigError(f"{self._shown}: the artifact has no rules, but {str(layer.get('mediaType'))[:100]}")
        return self._blob(layer, most), digest

    def signature(self, data: bytes, most: int) -> bytes:
        """What is kept as signature of a layer. Raises PysysdigError."""
        tag = f"sha256-{hashlib.sha256(data).hexdigest()}.minisig"
        try:
            layer, _ = self._layer(tag, "")
        except Answered as error:
            if error.status == 404:
                raise PysysdigError(f"{self._shown}: there is no signature ({self._at.repository}:{tag})") from None
            raise
        assert layer is not None  # nothing is known of it before
        return self._blob(layer, most)

    @property
    def _shown(self) -> str:
        return f"{self._at.host}/{self._at.repository}"

    def _layer(self, version: str, before: str) -> tuple[dict[str, Any] | None, str]:
        """The only layer of an artifact, None if its manifest is called `before`, and the digest of the manifest."""
        data = self._get(f"manifests/{version}", _MOST_MANIFEST, f"{_MANIFEST}, {_INDEX}, {_DOCKER}").data
        digest = _digest(data)
        if _DIGEST.fullmatch(version) and digest != version:
            raise PysysdigError(f"{self._shown}: the manifest is not {version}")
        if digest == before:
            return None, digest
        manifest = self._parsed(data)
        if isinstance(manifest.get("manifests"), list):  # an index; rules are the same on every platform
            version = self._named(manifest["manifests"])["digest"]
            data = self._get(f"manifests/{version}", _MOST_MANIFEST, f"{_MANIFEST}, {_DOCKER}").data
            if _digest(data) != version:
                raise PysysdigError(f"{self._shown}: the manifest is not {version}")
            manifest = self._parsed(data)
        return self._named(manifest.get("layers")), digest

    def _named(self, descriptors: Any) -> dict[str, Any]:
        """The first of some descriptors. Raises PysysdigError if there is none, or none that is one."""
        first = descriptors[0] if isinstance(descriptors, list) and descriptors else None
        if not isinstance(first, dict) or not _DIGEST.fullmatch(str(first.get("digest"))):
            raise PysysdigError(f"{self._shown}: the manifest names no content by its sha256")
        return first

    def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise PysysdigError(f"{self._shown}: the manifest is not one")
        return found

    def _blob(self, descriptor: dict[str, Any], most: int) -> bytes:
        digest = descriptor["digest"]
        data = self._get(f"blobs/{digest}", most, "*/*").data
        if _digest(data) != digest:
            raise PysysdigError(f"{self._shown}: the content is not {digest}")
        return data

    def _get(self, what: str, most: int, accept: str) -> Download:
        scheme = "http" if self._plain else "https"
        url = f"{scheme}://{self._at.host}/v2/{self._at.repository}/{what}"
        try:
            return download(url, most, self._tls, {"Accept": accept}, self._authorization)
        except Answered as error:
            if error.status != 401:
                raise
            challenge = error.headers.get("www-authenticate", "")
        self._authorization = self._asked(challenge)
        return download(url, most, self._tls, {"Accept": accept}, self._authorization)

    def _asked(self, challenge: str) -> str:
        """What a registry wants to see, from what it says about that: user and password, or a token that another server gives
        for them (or for nothing)."""
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic" and self._basic:
            return self._basic
        told = {name.lower(): value for name, value in _CHALLENGE.findall(rest)}
        if kind.lower() != "bearer" or "realm" not in told:
            raise PysysdigError(f"{self._shown}: the registry wants to know who asks (pysysdig.rules.user, password)")
        try:
            realm = urlsplit(told["realm"])
        except ValueError:
            raise PysysdigError(f"{self._shown}: tokens are to come from {told['realm'][:200]!r}, which is no URL") from None
        if realm.scheme != "https" and not (self._plain and realm.scheme == "http"):
            raise PysysdigError(f"{self._shown}: tokens are to come from {told['realm'][:200]}, which is not https")
        asked = {"scope": told.get("scope") or f"repository:{self._at.repository}:pull"}
        if told.get("service"):
            asked["service"] = told["service"]
        url = f"{told['realm']}{'&' if realm.query else '?'}{urlencode(asked)}"
        found = self._parsed_token(download(url, _MOST_TOKEN, self._tls, {}, self._basic).data)
        return f"Bearer {found}"

    def _parsed_token(self, data: bytes) -> str:
        try:
            found = json.loads(data)
            token = found.get("token") or found.get("access_token")
        except (ValueError, RecursionError, AttributeError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise PysysdigError(f"{self._shown}: the answer of the server of tokens has none")
        return token


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
