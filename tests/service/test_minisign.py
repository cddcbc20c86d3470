"""Signatures of minisign."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.service.minisign import PublicKey, public_key, verify


class Signer:
    """As `minisign -S` does it."""

    def __init__(self, number: bytes = b"12345678") -> None:
        ed25519 = pytest.importorskip(
            "cryptography.hazmat.primitives.asymmetric.ed25519", reason="the Python package cryptography is not installed"
        )
        self._key: Any = ed25519.Ed25519PrivateKey.generate()
        self._number = number

    @property
    def public(self) -> str:
        return base64.b64encode(b"Ed" + self._number + self._key.public_key().public_bytes_raw()).decode()

    def sign(self, data: bytes, comment: str = "timestamp:1", *, hashed: bool = True) -> bytes:
        signature = self._key.sign(hashlib.blake2b(data).digest() if hashed else data)
        first = base64.b64encode((b"ED" if hashed else b"Ed") + self._number + signature).decode()
        whole = base64.b64encode(self._key.sign(signature + comment.encode())).decode()
        return f"untrusted comment: x\n{first}\ntrusted comment: {comment}\n{whole}\n".encode()


@pytest.mark.parametrize("hashed", [True, False])
def test_what_fits(hashed: bool) -> None:
    signer = Signer()
    key = public_key(f"untrusted comment: minisign public key\n{signer.public}\n")
    assert key == public_key(signer.public)
    assert verify(key, b"data", signer.sign(b"data", "hello", hashed=hashed)) == "hello"


def test_what_does_not() -> None:
    signer = Signer()
    key, good = public_key(signer.public), signer.sign(b"data")
    for data, signature, why in (
        (b"other", good, "does not fit"), (b"data", good.replace(b"timestamp:1", b"timestamp:2"), "does not fit"),
        (b"data", Signer().sign(b"data"), "does not fit"), (b"data", Signer(b"87654321").sign(b"data"), "another key"),
        (b"data", b"", "none of minisign"), (b"data", b"a\nb\nc\nd\n", "none of minisign"),
        (b"data", good[:60], "none of minisign"), (b"data", b"\xff" * 200, "none of minisign"),
    ):  # fmt: skip
        with pytest.raises(PysysdigError, match=why):
            verify(key, data, signature)


@pytest.mark.parametrize("text", ["", "RW", "x" * 56, base64.b64encode(b"Xx" + b"1" * 40).decode(), "a\nb"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(UsageError, match=r"pysysdig\.rules\.public_key"):
        public_key(text)
    assert PublicKey(b"", b"") == (b"", b"")
