"""Looking for secrets in bytes: given texts in any form that programs write them in, and what looks like credentials."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from pysysdig.errors import UsageError

LEAST = 4  # characters of a given text
MAX_STRINGS = 1000
_SHOWN = 2  # characters of a secret that may be shown
_PATTERNS = {
    "private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY",
    "AWS key": rb"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "GitHub token": rb"gh[pousr]_[A-Za-z0-9]{30,}",
    "Slack token": rb"xox[abposr]-[A-Za-z0-9-]{10,}",
    "Google key": rb"AIza[A-Za-z0-9_-]{35}",
    "web token": rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "password in a URL": rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\0\"']{1,64}:(?!\*)"
    rb"[^\s/@\0\"']{1,128}@[A-Za-z0-9]",
    "bearer token": rb"[Bb]earer +[A-Za-z0-9._~+/-]{16,}",
    "password": rb"(?i:passw(?:or)?d|passphrase|secret|api_?key|access_?token)[\"']?[=:] *[\"']?"
    rb"(?!\*\*\*|h_[0-9a-f]{16}|redacted)"
    rb"[^\s\0\"'&;,]{6,}",
}
_WORD = re.compile(rb"[A-Za-z0-9+=_-]{20,200}")
# what is no secret although it looks like one: hexadecimal digits as ids of containers and images are, UUIDs, our own hashes
_PLAIN = re.compile(rb"(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:h_[0-9a-f]{16}[-=]?)+|[a-z_-]+)")
_HEX = re.compile(rb"[0-9a-fA-F-]+")
_ENTROPY, _HEX_ENTROPY = 4.2, 3.2  # bits a character
MAX_NEEDLE = 4096


class Hit(NamedTuple):
    """Something was found. what: for people, without the secret; at: its offset in the data; size: its bytes."""

    what: str
    at: int
    size: int


def read_strings(path: str) -> list[str]:
    """The texts in a file, one a line. Raises UsageError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.rstrip("\r\n") for line in file]
    except OSError as error:
        raise UsageError(f"--strings {path}: cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if line and len(line) < LEAST:
            raise UsageError(f"--strings {path}:{number}: shorter than {LEAST} characters; that is found everywhere")
        if len(line) > MAX_NEEDLE:
            raise UsageError(f"--strings {path}:{number}: longer than {MAX_NEEDLE} characters")
    found = list(dict.fromkeys(line for line in lines if line))
    if not found or len(found) > MAX_STRINGS:
        raise UsageError(f"--strings {path}: {'more than 1,000 lines' if found else 'no text in it'}")
    return found


class Search:
    """Texts in all their forms, and patterns of credentials."""

    def __init__(self, strings: Sequence[str], patterns: bool) -> None:
        self._names: dict[bytes, str] = {}
        for text in strings:
            for form, data in forms(text):
                self._names.setdefault(data, f"{_veiled(text)}, {form}" if form else _veiled(text))
        named = (f"(?P<p{n}>".encode() + pattern + b")" for n, pattern in enumerate(_PATTERNS.values()))
        self._credentials = re.compile(b"|".join(named)) if patterns else None
        self.reach = max(map(len, self._names), default=0)  # bytes of the longest form

    def given(self, data: bytes) -> Iterator[Hit]:
        """Where each form of the given texts is first."""
        for needle, name in self._names.items():
            at = data.find(needle)
            if at >= 0:
                yield Hit(name, at, len(needle))

    def credentials(self, data: bytes) -> Iterator[Hit]:
        """Where something is that looks like a credential, in data that is text in the main."""
        if self._credentials is None:
            return
        for match in self._credentials.finditer(data):
            name = list(_PATTERNS)[int((match.lastgroup or "p0")[1:])]
            yield Hit(name, match.start(), len(match.group()))
        for match in _WORD.finditer(data):
            if _random(match.group()):
                yield Hit("value of high entropy", match.start(), len(match.group()))


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """(name of the form, bytes) of a text: as it is, in base64 at each of the three places a byte can have there, in hexadecimal
    digits, in percent-encoding, in UTF-16, as our own traces keep bytes beyond ASCII; addresses also as the kernel has them."""
    data = text.encode("utf-8", "surrogateescape")
    yield "", data
    if not text.isascii():
        yield "", data.decode("latin-1").encode("utf-8")
    yield "UTF-16", text.encode("utf-16-le", "surrogatepass")
    yield "hexadecimal", data.hex().encode()
    yield "hexadecimal", data.hex().upper().encode()
    for sign in (b"%", b"\\x"):
        yield "escaped", b"".join(sign + b"%02x" % byte for byte in data)
        yield "escaped", b"".join(sign + b"%02X" % byte for byte in data)
    for safe in ("", "/"):
        made = quote(data, safe=safe).encode()
        if made != data:
            yield "percent-encoded", made
            yield "percent-encoded", re.sub(rb"%..", lambda match: match.group().lower(), made)
            yield "percent-encoded", made.replace(b"%20", b"+")
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(text)
        if not (address.is_unspecified or address.is_loopback):  # those are everywhere
            yield "packed", address.packed
    for shift in range(3):
        inner = base64.b64encode(bytes(shift) + data)
        # digits that depend on what stands before or behind are left out
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        made = inner[first:last]
        if len(made) >= LEAST:
            yield "base64", made
            yield "base64", made.translate(bytes.maketrans(b"+/", b"-_"))


def _veiled(text: str) -> str:
    """A secret as it may be shown."""
    shown = text[:_SHOWN] if len(text) >= 4 * _SHOWN else ""
    return f"the text '{shown}...' of {len(text)} characters".encode("ascii", "replace").decode()


def _random(word: bytes) -> bool:
    """Whether a word is as if drawn by lot: letters and digits mixed, hardly one like the other."""
    if _PLAIN.fullmatch(word):
        return False
    limit = _ENTROPY
    if _HEX.fullmatch(word):
        if len(word) < 32:
            return False
        limit = _HEX_ENTROPY
    elif not (re.search(rb"[0-9]", word) and re.search(rb"[a-z]", word) and re.search(rb"[A-Z]", word)):
        return False
    total = len(word)
    return -sum(n / total * math.log2(n / total) for n in Counter(word).values()) >= limit
