"""Detections as conditions."""

from __future__ import annotations

import json
import re

import pytest

from tests.workbench.sigma.conftest import Convert

START = "evt.type in (execve, execveat) and evt.failed=false and "


def condition(text: str) -> str:
    found = re.search("condition: (.*)", text)
    assert found is not None, text
    made: str = json.loads(found[1])
    return made


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Image: /bin/SH", 'tolower(proc.exepath) = "/bin/sh"'),
        ("Image|endswith: /Curl", 'tolower(proc.exepath) endswith "/curl"'),
        ("Image|startswith: /tmp/", 'tolower(proc.exepath) startswith "/tmp/"'),
        ("CommandLine|contains: Aa", 'proc.exeline icontains "Aa"'),
        ("CommandLine|contains|cased: Aa", 'proc.exeline contains "Aa"'),
        ("CommandLine|cased: Aa", 'proc.exeline = "Aa"'),
        ("CommandLine: 'a*b?c'", 'proc.exeline iglob "a*b?c"'),
        ("CommandLine|contains|all: [a, b]", 'proc.exeline icontains "a" and proc.exeline icontains "b"'),
        ("CommandLine|contains: [a, b]", 'proc.exeline icontains "a" or proc.exeline icontains "b"'),
        ("CommandLine|re: '\\d+x'", 'proc.exeline regex ".*([0-9]+x).*"'),
        ("CommandLine|re: '^a[\\s,]+?b$'", 'proc.exeline regex "(a[[:space:],]+b)"'),
        ("ParentImage: null", "not proc.pexepath exists"),
        ("ParentImage|exists: true", "proc.pexepath exists"),
        ("ProcessId: 7", "proc.pid = 7"),
        ("CommandLine|contains: 'a\"b\\\\c'", 'proc.exeline icontains "a\\"b\\\\c"'),
        ("User: 'ä b'", 'tolower(user.name) = "ä b"'),
    ],
)  # fmt: skip
def test_comparisons(convert_text: Convert, fields: str, expected: str) -> None:
    made = convert_text(f"{{a: {{{fields}}}, condition: a}}")
    assert made.grade == "exact", made.why
    assert condition(made.text) == f"{START}({expected})"


def test_conditions(convert_text: Convert) -> None:
    detection = "{a_1: {Image: x}, a_2: {User: y}, b: {Image: z}, condition: 1 of a_* and not b}"
    expected = '(tolower(proc.exepath) = "x" or tolower(user.name) = "y") and not tolower(proc.exepath) = "z"'
    assert condition(convert_text(detection).text) == f"{START}({expected})"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("LogonId: 1", "there is no field like LogonId"),
        ("CommandLine|re: '(?=a)b'", "(?="),
        ("CommandLine|re: 'a\\bb'", "beyond POSIX"),
        ("CommandLine: 'a*[b]*c'", "brackets"),
        ('CommandLine|contains: "a\\tb"', "control character"),
        ("Image|fieldref: ParentImage", "two fields"),
    ],
)
def test_what_cannot_be_said(convert_text: Convert, fields: str, why: str) -> None:
    made = convert_text(f"{{a: {{{fields}}}, condition: a}}")
    assert made.grade == "refused" and why in made.why[0] and not made.text


def test_words_anywhere_are_refused(convert_text: Convert) -> None:
    assert "words anywhere" in convert_text("{a: [x, y], condition: a}").why[0]


def test_other_kinds_of_events(convert_text: Convert) -> None:
    made = convert_text("{a: {TargetFilename|startswith: /etc/cron}, condition: a}", "category: file_event")
    assert made.grade == "approximate" and "evt.is_open_create=true" in condition(made.text) and "renames" in made.why[0]
    net = convert_text(
        "{a: {Initiated: 'true', DestinationIp|cidr: 10.0.0.0/8, DestinationPort: 53}, condition: a}",
        "category: network_connection",
    )
    assert net.grade == "exact" and "evt.type = connect and fd.rnet = 10.0.0.0/8 and fd.rport = 53" in condition(net.text)
    other = convert_text("{a: {Initiated: 'false'}, condition: a}", "category: network_connection")
    assert other.grade == "refused"
