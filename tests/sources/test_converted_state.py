"""Rules on traces that a filter has cut see what they would have seen of all events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import fd, process, snapshot
from tests.conftest import Call

FIELDS = (
    "evt.type evt.res proc.cmdline proc.exepath proc.pname proc.aname[2] proc.pid proc.vpid user.name fd.num "
    "fd.name fd.directory fd.typechar thread.tid container.id container.name container.image.repository"
)
RULE = (
    "- rule: Any\n  desc: d\n  condition: {condition}\n  output: '"
    + " ".join(f"%{name}" for name in FIELDS.split())
    + "'\n  priority: INFO\n"
)


def alerts(call_cli: Call, path: Path, rules: Path, *words: str) -> list[str]:
    """What is said of each event that rules see."""
    shown = call_cli("-r", path, "--rules", rules, *words)
    assert shown.returncode == 0, shown.stderr
    return [line for line in shown.stdout.decode("utf-8", "replace").splitlines() if "Informational" in line]


@pytest.mark.parametrize(
    ("capture", "chosen"),
    [
        ("demo.scap", "evt.type in (execve, close)"), ("demo.scap", "proc.name=cat"), ("demo.scap", "proc.name in (grep, head)"),
        ("exit_only_udp.scap", "fd.type=ipv4"), ("exit_only_udp.scap", "evt.type=openat"),
        ("syscalls.scap", "evt.type in (dup, fcntl, close, mmap)"),
    ],
)  # fmt: skip
def test_the_same_as_of_all_events(capture: str, chosen: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    """All fields of state; parameters that stood in an enter event which is cut away are gone."""
    path, rules = root / "captures" / capture, tmp_path / "r.yaml"
    rules.write_text(RULE.format(condition="evt.num>=0 and proc.pid exists"))
    want = alerts(call_cli, path, rules, chosen)
    assert want
    assert not call_cli("-r", path, "-w", tmp_path / "cut.pscap", chosen).returncode
    assert alerts(call_cli, tmp_path / "cut.pscap", rules) == want


def test_containers(tmp_path: Path, call_cli: Call) -> None:
    """What is told of one before the events that are left, and what only rules see: the id of one of containerd's own."""
    told = {
        "container": {"id": "3a3a3a3a3a3a", "full_id": "3a" * 32, "type": 0, "name": "web", "image": "i", "imagerepo": "shop/web"}
    }
    before = [
        process(5, "in", cgroups=[f"cpu=/docker/{'3a' * 32}"], fds=[fd(3, "/x")]),
        process(6, "own", cgroups=["cpu=/default/demo1"], fds=[fd(3, "/y")]),
    ]
    events = [event("CONTAINER_JSON_2_E", 1, -1, [json.dumps(told)])]
    for tid in (5, 6):
        events += [event("SYSCALL_GETUID_E", 2, tid), event("SYSCALL_GETUID_X", 3, tid, [0])]
        events += [event("SYSCALL_CLOSE_E", 4, tid, [3]), event("SYSCALL_CLOSE_X", 5, tid, [0])]
    path = write_capture(tmp_path / "a.scap", snapshot(*before), events)
    rules = tmp_path / "r.yaml"
    rules.write_text(RULE.format(condition="evt.type=close and container.id != host"))
    want = alerts(call_cli, path, rules)
    assert [line.split()[-3:] for line in want] == [["3a3a3a3a3a3a", "web", "shop/web"], ["demo1", "<NA>", "<NA>"]]
    call_cli("-r", path, "-w", tmp_path / "cut.pscap", "evt.type=close")
    assert alerts(call_cli, tmp_path / "cut.pscap", rules) == want


def test_numbers_are_those_of_the_trace(root: Path, tmp_path: Path, call_cli: Call) -> None:
    """As they are shown without rules."""
    path, cut = root / "captures" / "demo.scap", tmp_path / "cut.pscap"
    call_cli("-r", path, "-w", cut, "evt.type=close and proc.name=cat")
    listed = call_cli("-r", cut, "-p", "%evt.num", "evt.dir=<").stdout.split()
    rules = tmp_path / "r.yaml"
    rules.write_text("- {rule: R, desc: d, condition: evt.type=close, output: '%evt.num', priority: INFO}\n")
    found = [line.split()[-1].encode() for line in alerts(call_cli, cut, rules)]
    assert found == listed and listed
