"""Signatures of minisign (and OpenBSD's signify keys of it): Ed25519, checked with the package `cryptography` (extra
`signed`)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import require

_KEY, _PLAIN, _HASHED = b"Ed", b"Ed", b"ED"
_TRUSTED = "trusted comment: "


class PublicKey(NamedTuple):
    """A key: its number, which signatures name, and the key itself."""

    number: bytes
    key: bytes


def public_key(text: str) -> PublicKey:
    """The key in a text: the line that `minisign -G` prints, or the .pub file. Raises UsageError."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("untrusted comment:")]
    data = _decoded(lines[0]) if len(lines) == 1 else b""
    if len(data) != 42 or data[:2] != _KEY:
        raise UsageError("configuration: pysysdig.rules.public_key is no public key of minisign (RW...)")
    return PublicKey(data[2:10], data[10:])


def verify(key: PublicKey, data: bytes, signature: bytes) -> str:
    """The trusted comment of a signature (the .minisig file) of some data. Raises PysysdigError if it is not one of this key."""
    lines = signature.decode("utf-8", "replace").splitlines()
    if len(lines) < 4 or not lines[2].startswith(_TRUSTED):
        raise PysysdigError("the signature is none of minisign")
    signed, whole = _decoded(lines[1]), _decoded(lines[3])
    if len(signed) != 74 or len(whole) != 64 or signed[:2] not in (_PLAIN, _HASHED):
        raise PysysdigError("the signature is none of minisign")
    if signed[2:10] != key.number:
        raise PysysdigError("the signature is by another key")
    comment = lines[2][len(_TRUSTED) :]
    ed25519 = require("cryptography.hazmat.primitives.asymmetric.ed25519", "signed")
    wrong: type[Exception] = require("cryptography.exceptions", "signed").InvalidSignature
    checker = ed25519.Ed25519PublicKey.from_public_bytes(key.key)
    try:
        checker.verify(signed[10:], hashlib.blake2b(data).digest() if signed[:2] == _HASHED else data)
        checker.verify(whole, signed[10:] + comment.encode())
    except wrong:
        raise PysysdigError("the signature does not fit") from None
    return comment


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
