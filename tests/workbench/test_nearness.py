"""Values that a constant was perhaps meant for."""

from __future__ import annotations

import pytest

from pysysdig.workbench.nearness import near, nearest


@pytest.mark.parametrize(
    ("value", "constant"),
    [
        ("/etc/ld.so.cache", "/etc/ld.so.cach"), ("/etc", "/etc/"), ("Bash", "bash"), ("/usr/bin/bash", "/bin/bash"),
        ("probe_rpmverify", "probe_rpmverifyfile"), ("hsot", "host"), ("hosts", "host"), ("most", "host"),
    ],
)  # fmt: skip
def test_near(value: str, constant: str) -> None:
    assert near(value, constant)


@pytest.mark.parametrize(
    ("value", "constant"),
    [
        ("bash", "bash"),
        ("a", "b"),
        ("ls", "lsb"),
        ("", "x"),
        ("/etc/passwd", "/etc/shadow"),
        ("probe_rpm", "probe_rpmverifyfile"),
    ],
)
def test_not_near(value: str, constant: str) -> None:
    assert not near(value, constant)


def test_the_first_one() -> None:
    assert nearest("bash", ["sh", "bath", "bask"]) == "bath" and nearest("bash", []) == ""
