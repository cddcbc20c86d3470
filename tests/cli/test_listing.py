"""Lists of fields and events, as text and as JSON."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from pysysdig.fields.registry import REGISTRY
from tests.conftest import Call


def test_list(call_cli: Call) -> None:
    text = call_cli("-l").stdout.decode()
    assert "Field Class:                  fd\n" in text
    names = set(re.findall(r"^([a-z0-9_.]+)(?=\s)", text, re.M))
    assert {"evt.num", "proc.name", "fd.name", "evt.arg", "container.id", "k8s.pod.name"} <= names <= set(REGISTRY)
    assert max(map(len, text.splitlines())) <= 121
    assert "evt.num                       (Type: UINT64) " in call_cli("-lv").stdout.decode()
    assert "`evt.num` | UINT64 | " in call_cli("--list-markdown").stdout.decode()


def test_list_has_what_sysdig_lists(call_cli: Call) -> None:
    if not shutil.which("sysdig"):
        pytest.skip("sysdig is not installed")
    theirs = subprocess.run(["sysdig", "-l"], capture_output=True, text=True, check=True).stdout
    ours = call_cli("-l").stdout.decode()
    pattern = re.compile(r"^([a-z0-9_]+\.[a-z0-9_.]+)(?=\s)", re.M)
    gone = {n for n, f in REGISTRY.items() for v, row in f.by_version.items() if "DEPRECATED" in row[2]}
    plugins = ("json.", "jevt.")
    missing = {n for n in pattern.findall(theirs) if n not in gone and not n.startswith(tuple(plugins))} - set(
        pattern.findall(ours)
    )
    assert not missing


def test_list_events(call_cli: Call) -> None:
    lines = call_cli("-L").stdout.decode().splitlines()
    assert "> close(FD fd)" in lines and "< close(ERRNO res)" in lines
    assert "> getrusage(SYSCALLID ID, UINT16 nativeID)" in lines
    assert all(re.fullmatch(r"[<>] [\w+.-]+\(.*\)", line) for line in lines)


@pytest.mark.parametrize("words", [("-l", "-j"), ("-j", "-l"), ("-lj",), ("--list", "--json")])
def test_list_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    fields = {f["name"]: f for f in json.loads(call_cli(*words).stdout)}
    text = call_cli("-l").stdout.decode()
    assert set(fields) == set(re.findall(r"^([a-z0-9_]+\.[a-z0-9_.]+)(?=\s)", text, re.M))
    assert fields["evt.num"]["type"] == "UINT64" and fields["evt.num"]["argument"] == "none"
    assert fields["evt.arg"]["argument"] == "required" and fields["fd.ip"]["filter_only"] and fields["evt.num"]["description"]


@pytest.mark.parametrize("words", [("-L", "-j"), ("-j", "-L")])
def test_list_events_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    events = json.loads(call_cli(*words).stdout)
    lines = [f"{e['dir']} {e['name']}({', '.join(p['type'] + ' ' + p['name'] for p in e['params'])})" for e in events]
    assert lines == call_cli("-L").stdout.decode().splitlines()


@pytest.mark.parametrize("words", [("-cl", "-j"), ("-j", "-cl"), ("--list-chisels", "--json")])
def test_list_chisels_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    from pysysdig.chiselkit.loader import names

    listed = json.loads(call_cli(*words).stdout)
    chisels = {c["name"]: c for c in listed["chisels"]}
    assert set(chisels) < set(names()) and "ps" in chisels and "flame" not in chisels
    assert chisels["ps"]["args"][0]["type"] == "filter" and listed["not_loaded"] == []
    assert json.loads(call_cli("-i", "ps", "-j").stdout) == chisels["ps"]
