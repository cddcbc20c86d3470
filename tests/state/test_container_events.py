"""Container events: what stands in the place of their thread, in captures of both generations and in their copies."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events import build as ev
from pysysdig.scap import build as sc
from pysysdig.state import build as st
from tests.conftest import Call

FORM = "*%evt.num|%proc.name|%proc.pid|%thread.vtid|%proc.vpid|%container.id|%container.name|%proc.pname|%fd.num|%user.name"


def told(ident: str, tid: int = -1, kind: str = "CONTAINER_JSON_E", **more: Any) -> ev.Event:
    body = {"id": ident, "name": f"name-{ident}", "type": 0, "imagerepo": "img", **more}
    return ev.event(kind, 1_000_000, tid, [json.dumps({"container": body})])


@pytest.fixture(params=["enter and exit events", "exit events"])
def capture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two calls of a process; events about three containers, one of them with the id of that process, one unknown to its
    engine."""
    old = request.param == "enter and exit events"
    call = ev.event("SYSCALL_CLOSE_E", 1_000_000, 77, [3]) if old else ev.event("SYSCALL_GETUID_X", 1_000_000, 77, [0])
    after = ev.event("SYSCALL_CLOSE_X", 1_000_000, 77, [0]) if old else call
    events = [call, told("aaaabbbbcccc"), told("ccccbbbbcccc", lookup_state=2), told("ddddbbbbcccc", 77, User="joe"), after]
    return sc.write_capture(tmp_path / "a.scap", st.snapshot(st.process(1, "init", ptid=0), st.process(77, "cat")), events)


def lines(output: bytes) -> list[str]:
    return output.decode().splitlines()


def test_the_container_is_the_thread(capture: Path, call_cli: Call) -> None:
    got = lines(call_cli("-r", capture, "-p", FORM, "evt.type=container").stdout)
    shown = [line.split("|") for line in got]
    assert ["2", "container:aaaabbbbcccc", "-1", "-2", "-2", "aaaabbbbcccc", "name-aaaabbbbcccc", "<NA>"] in [
        s[:8] for s in shown
    ]
    assert ["4", "container:ddddbbbbcccc", "-1", "-2", "-2", "ddddbbbbcccc", "name-ddddbbbbcccc", "<NA>"] in [
        s[:8] for s in shown
    ]
    assert [s[0] for s in shown] in (["2", "4"], ["2", "3", "4"])
    assert call_cli("-r", capture, "-p", "*%evt.num", "container.id!=host").stdout.split() == [s[0].encode() for s in shown]
    line = lines(call_cli("-r", capture, "evt.num=2").stdout)
    assert " container:aaaabbbbcccc (-1) > container json={" in line[0]


def test_others_do_not_meet_it(capture: Path, call_cli: Call) -> None:
    """Neither the process whose id such an event has, nor what asks for thread -1."""
    got = lines(call_cli("-r", capture, "-p", FORM, "proc.name=cat or proc.pname contains container").stdout)
    assert [line.split("|")[:3] for line in got] == [["1", "cat", "77"], ["5", "cat", "77"]]


def test_an_unknown_container_is_hidden_in_old_captures(tmp_path: Path, call_cli: Call) -> None:
    """As by sysdig 0.36, which shows the event only if the engine knew the container."""
    states = [told(f"{i}aaabbbbcccc", lookup_state=i) for i in range(4)]
    events = [ev.event("SYSCALL_CLOSE_E", 1_000_000, 77, [3]), *states, ev.event("SYSCALL_CLOSE_X", 1_000_000, 77, [0])]
    path = sc.write_capture(tmp_path / "a.scap", st.snapshot(st.process(77, "cat")), events)
    assert call_cli("-r", path, "-p", "*%evt.num").stdout.split() == [b"1", b"3", b"5", b"6"]


def test_the_user_is_what_the_engine_says(tmp_path: Path, call_cli: Call) -> None:
    users = [told("aaaabbbbcccc"), told("aaaabbbbcccc", User=""), told("aaaabbbbcccc", User="joe")]
    events = [ev.event("SYSCALL_CLOSE_E", 1_000_000, 77, [3]), *users]
    path = sc.write_capture(tmp_path / "a.scap", st.snapshot(st.process(77, "cat")), events)
    got = call_cli("-r", path, "-p", "*%user.name|%user.uid|%user.loginuid", "evt.type=container").stdout
    assert lines(got) == ["<NA>|0|0", "|0|0", "joe|0|0"]


@pytest.mark.parametrize("chosen", ["", "evt.type=container", "container.id!=host", "evt.num>2"])
def test_copies_show_the_same(capture: Path, chosen: str, tmp_path: Path, call_cli: Call) -> None:
    want = call_cli("-r", capture, "-p", FORM, *filter(None, [chosen])).stdout
    assert want
    copy = tmp_path / "copy.pscap"
    call_cli("-r", capture, "-w", copy, *filter(None, [chosen]))
    assert call_cli("-r", copy, "-p", FORM).stdout == want
    whole = tmp_path / "whole.pscap"
    call_cli("-r", capture, "-w", whole)
    assert call_cli("-r", whole, "-p", FORM, *filter(None, [chosen])).stdout == want


SHOWN = "%evt.type|%proc.name|%container.id|%container.name"


@pytest.mark.parametrize("before", ["nothing", "an event"])
def test_a_copy_for_sysdig_shows_it(before: str, tmp_path: Path, call_cli: Call) -> None:
    """Also where it is the first event of a file or of a section in it: readers take those at the beginning for what was known
    before."""
    call = [ev.event(f"SYSCALL_CLOSE_{end}", 1_000_000, 77, [3 if end == "E" else 0]) for end in "EX"]
    kind = "CONTAINER_JSON_2_E"
    program = ev.event("SYSCALL_CHDIR_X", 1_000_000, 77, [0, "/tmp"])
    events = [
        *(call if before == "an event" else []),
        *call,
        told("aaaabbbbcccc", kind=kind),
        program,
        told("ddddbbbbcccc", kind=kind),
        *call,
    ]
    path = sc.write_capture(tmp_path / "a.scap", st.snapshot(st.process(1, "init", ptid=0), st.process(77, "cat")), events)
    chosen = "evt.type=container or evt.type=chdir" + ("" if before == "nothing" else " or evt.num<3")
    trace, copy = tmp_path / "a.pscap", tmp_path / "b.scap"
    call_cli("-r", path, "-w", trace, chosen)
    want = call_cli("-r", trace, "-p", "*" + SHOWN).stdout
    assert want.count(b"container|container:") == 2
    call_cli("-r", trace, "-w", copy)
    assert call_cli("-r", copy, "-p", "*" + SHOWN).stdout == want
    assert call_cli("-r", copy, "-p", "*%container.id", "evt.type=container").stdout == b"aaaabbbbcccc\nddddbbbbcccc\n"
    if shutil.which("sysdig"):
        shown = subprocess.run(["sysdig", "-r", copy, "-p", SHOWN], capture_output=True, check=True).stdout
        assert shown.decode().split("\n")[:-1] == want.decode().split("\n")[:-1]


@pytest.mark.parametrize("more", [(), ("--enter-events",)])
def test_rules_see_it(capture: Path, more: tuple[str, ...], tmp_path: Path, call_cli: Call) -> None:
    """The rules of the time wait for this event: at a container's first execve nothing is known of its image."""
    rules = tmp_path / "r.yaml"
    rules.write_text(
        "- rule: started\n  desc: d\n  condition: evt.type=container and container.id != host and"
        " container.image.repository != incomplete\n  output: '%proc.cmdline %container.name'\n  priority: INFO\n"
    )
    alerts = call_cli("-r", capture, "--rules", rules, *more).stdout
    assert b"Informational container:aaaabbbbcccc name-aaaabbbbcccc\n" in alerts
    assert b"Informational container:ddddbbbbcccc name-ddddbbbbcccc\n" in alerts
