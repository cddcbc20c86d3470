"""Secrets in bytes."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.errors import UsageError
from pysysdig.redaction.search import Search, read_strings

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=4, max_size=20)


@given(TEXT, st.binary(max_size=9), st.binary(max_size=9))
def test_a_text_is_found_in_any_form(text: str, before: bytes, behind: bytes) -> None:
    data = text.encode()
    search = Search([text], patterns=False)
    for form in (
        data,
        base64.b64encode(before + data + behind),
        base64.urlsafe_b64encode(before + data + behind),
        data.hex().encode(),
        quote(text, safe="").encode(),
        text.encode("utf-16-le"),
        data.decode("latin-1").encode("utf-8"),
    ):
        assert list(search.given(before + form + behind)), form


@given(TEXT, st.binary(max_size=50))
def test_what_is_not_there_is_not_found(text: str, data: bytes) -> None:
    search = Search([text], patterns=False)
    assert not list(search.given(b"a" + bytes(b | 0x80 if b < 0x80 else 0x80 for b in data)))


def test_no_secret_is_shown() -> None:
    for text in ("abcd", "hunter2-hunter2"):
        (hit,) = Search([text], patterns=False).given(text.encode())
        assert text not in hit.what and text[:3] not in hit.what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "private key"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "AWS key"),
        ("ghp_" + "a1B2" * 9, "GitHub token"),
        ("xoxb-" + "1234567890-abc", "Slack token"),
        ("eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.abc", "web token"),
        ("postgres://app:s3cr3t@db/x", "password in a URL"),
        ("Authorization: Bearer abcdefghijklmnopqrstuvw", "bearer token"),
        ("password=correcthorse", "password"),
        ("q8Zr1LmX0vTy7KbN4dHs9Wg2", "value of high entropy"),
    ],
)
def test_credentials(text: str, what: str) -> None:
    hits = list(Search([], patterns=True).credentials(b"GET " + text.encode() + b" x"))
    assert what in [hit.what for hit in hits]
    assert not [hit for hit in hits if text in hit.what]


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3.11/site-packages/numpy/__init__.py",
        "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e",
        "123e4567-e89b-42d3-a456-426614174000",
        "--password=*** h_0123456789abcdef/h_fedcba9876543210",
        "O_RDONLY|O_CLOEXEC http://example.org:80/x",
        "password: redacted token=h_0123456789abcdef",
    ],
)
def test_no_credentials(text: str) -> None:
    assert not list(Search([], patterns=True).credentials(text.encode()))


def test_lists_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("abcd\n\nefgh\nabcd\n")
    assert read_strings(str(path)) == ["abcd", "efgh"]
    path.write_text("abcd\nab\n")
    with pytest.raises(UsageError, match=":2: shorter than 4"):
        read_strings(str(path))
    path.write_text("\n")
    with pytest.raises(UsageError, match="no text in it"):
        read_strings(str(path))
    with pytest.raises(UsageError, match="cannot be read"):
        read_strings(str(tmp_path / "none"))
