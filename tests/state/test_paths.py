"""Path arithmetic against examples of the reference's behaviour."""

from __future__ import annotations

import pytest

from pysysdig.state.paths import MAX_PATH, concatenate, directory_base, directory_of, file_of, single_slashes


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("/tmp/", "f", "/tmp/f"),
        ("/tmp/w/sub/", "../f", "/tmp/w/f"),
        ("/tmp/", "./a/./b", "/tmp/a/b"),
        ("/tmp/", "a//b/", "/tmp/a/b"),
        ("/tmp/", "..", "/"),
        ("/", "../../..", "/"),
        ("/tmp/", "/etc/../x", "/x"),
        ("/tmp/", "/", "/"),
        ("/tmp/", "", ""),
        ("<UNKNOWN>", "x", "<UNKNOWN>x"),
        ("/a/", "..x/.y", "/a/..x/.y"),
        ("/a/", "b\x01\xff", "/a/b.."),
        ("", "foo/../a", "a"),
    ],
)
def test_concatenate(base: str, path: str, expected: str) -> None:
    assert concatenate(base, path) == expected


def test_current_libraries_keep_bytes() -> None:
    assert concatenate("/a/", "b\x01\xff", True) == "/a/b\x01\xff"


def test_too_long() -> None:
    assert concatenate("/", "x" * MAX_PATH) == "/PATH_TOO_LONG"
    assert concatenate("/", "x" * MAX_PATH, True) == "/DIR_TOO_LONG/FILENAME_TOO_LONG"


def test_directory_base() -> None:
    assert directory_base("/a") == "/a/"
    assert directory_base("/") == "/"


def test_parts() -> None:
    assert [directory_of(p) for p in ("/a/b", "/a", "a", "/a/", "")] == ["/a", "/", "/", "/a/", "/"]
    assert [file_of(p) for p in ("/a/b", "/a", "a", "/a/", "")] == ["b", "a", "/", "/a/", "/"]
    assert single_slashes("//a///b/") == "/a/b/"
