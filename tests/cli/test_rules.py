"""Whole runs with rules: recorded captures against Falco's alerts, options, errors."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from tests.conftest import Call

RULES = """
- list: my_programs
  items: [ls, cat, pwd]
- rule: my_programs_opened_file
  desc: whenever one of my programs opens a file
  condition: proc.name in (my_programs) and (evt.type=open or evt.type=openat)
  output: a tracked program opened a file (user=%user.name command=%proc.cmdline file=%fd.name)
  priority: INFO
  tags: [mine]
"""
LOCAL = """
- list: my_programs
  append: true
  items: [cp]
- rule: my_programs_opened_file
  append: true
  condition: and not fd.name=/b
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with a.yaml, local.yaml, and t.scap: cat opens /a and /b, cp opens /c, vi opens /d."""
    (tmp_path / "a.yaml").write_text(RULES)
    (tmp_path / "local.yaml").write_text(LOCAL)
    events = []
    for i, (tid, name) in enumerate([(42, "/a"), (42, "/b"), (43, "/c"), (44, "/d")]):
        events.append(event("SYSCALL_OPENAT_2_E", 10**18 + 2 * i, tid, [-100, name, 1, 0]))
        events.append(event("SYSCALL_OPENAT_2_X", 10**18 + 2 * i + 1, tid, [3, -100, name, 1, 0, 0, 0]))
    write_capture(tmp_path / "t.scap", snapshot(process(42, "cat"), process(43, "cp"), process(44, "vi")), events)
    return tmp_path


def opened(out: bytes) -> list[str]:
    """The files of JSON alerts."""
    return [json.loads(line)["output_fields"]["fd.name"] for line in out.splitlines() if line.startswith(b"{")]


def test_text_and_summary(call_cli: Call, files: Path) -> None:
    done = call_cli("-r", files / "t.scap", "--rules", files / "a.yaml")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert ".000000001: Informational a tracked program opened a file (user=" in lines[0]
    assert lines[0].endswith(" command=cat file=/a)")
    assert lines[2:] == [
        "Events detected: 2",
        "Rule counts by severity:",
        "   INFO: 2",
        "Triggered rules by rule name:",
        "   my_programs_opened_file: 2",
    ]


def test_json_is_all_there_is_on_standard_output(call_cli: Call, files: Path) -> None:
    """Whatever else there is to say: warnings, losses, the summary."""
    (files / "a.yaml").write_text(RULES + "- macro: unused\n  condition: evt.type=open\n")
    drops = "syscall_event_drops={simulate_drops: true, actions: [alert, log]}"
    for options in ((), ("-q",), ("-o", drops), ("-n", "1"), ("-o", "stdout_output.enabled=false"), ("-v",)):
        done = call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "-j", *options)
        assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines())
        assert b"Events detected: " in done.stderr
    by_config = call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "-o", "json_output=true")
    assert len([json.loads(line) for line in by_config.stdout.splitlines()]) == 2


def test_later_files_change_earlier_ones(call_cli: Call, files: Path) -> None:
    assert opened(call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "-j").stdout) == ["/a", "/b"]
    both = call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "--rules", files / "local.yaml", "-j")
    assert opened(both.stdout) == ["/a", "/c"]
    assert opened(call_cli("-r", files / "t.scap", "--rules", files, "-j").stdout) == ["/a", "/c"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--disable-tag", "mine"), []),
        (("--disable-rule", "*", "--enable-rule", "my*file"), ["/a", "/b"]),
        (("-o", "rules[].disable.rule=my*"), []),
        (("-o", "priority=notice"), []),
        (("-n", "1"), ["/a"]),
        (("fd.name=/b",), ["/b"]),
        (("--enter-events",), ["/a", "/a", "/b", "/b"]),
    ],
)
def test_options(call_cli: Call, files: Path, options: tuple[str, ...], names: list[str]) -> None:
    done = call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "-j", *options)
    if options == ("--enter-events",):
        assert len(opened(done.stdout)) == len(names)
    else:
        assert opened(done.stdout) == names


def test_verbose_counts_events(call_cli: Call, files: Path) -> None:
    said = [
        call_cli("-r", files / "t.scap", "--rules", files / "a.yaml", "-v", *options).stderr.decode()
        for options in ((), ("fd.name=/b",))
    ]
    counts = [re.search(r"Captured Events: (\d+),", text) for text in said]
    assert counts[0] and counts[1]
    assert 0 < int(counts[1][1]) < int(counts[0][1])


def test_configuration_names_rules_and_capture(call_cli: Call, files: Path) -> None:
    config = files / "falco.conf"
    config.write_text(
        f"rules_files: [{files}/a.yaml]\njson_output: true\nengine: {{kind: replay, replay: {{capture_file: {files}/t.scap}}}}\n"
    )
    assert opened(call_cli("--config", config).stdout) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "a=b"), b"--rules"),
        (("--rules", "/no/such/file.yaml"), b"Could not open file /no/such/file.yaml for reading: No such file or directory"),
        (("--rules", "BAD"), b"LOAD_ERR_COMPILE_CONDITION"),
        (("--rules", "GOOD", "no.field=1"), b"no.field"),
        (("--rules", "GOOD", "-o", "priority=x"), b"Unknown priority"),
    ],
)
def test_errors(call_cli: Call, files: Path, options: tuple[str, ...], words: bytes) -> None:
    (files / "bad.yml").write_text(RULES.replace("evt.type=open or", "evt.type=nonsense or"))
    named = {"BAD": files / "bad.yml", "GOOD": files / "a.yaml"}
    done = call_cli("-r", files / "t.scap", *(named.get(o, o) for o in options))
    assert done.returncode == 1
    assert words in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("case", ["udp.everyday_all", "syscalls.everyday_first", "exit_only_syscalls.all", "pipelines.stable"])
def test_recordings(call_cli: Call, shared: Path, case: str) -> None:
    golden = shared / "golden_alerts"
    if not golden.is_dir():
        pytest.skip("no reference alerts")
    what = next(c for c in json.loads((golden / "manifest.json").read_text()) if c["id"] == case)
    arguments: list[object] = ["-r", shared / "captures" / what["capture"], "-j"]
    for name in what["rules"]:
        arguments += ["--rules", shared / name]
    for option in what.get("opts", []):
        arguments += ["-o", option]
    out = call_cli(*arguments).stdout.decode()
    got = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    with gzip.open(golden / f"{case}.jsonl.gz", "rt") as lines:
        want = [json.loads(line) for line in lines]
    for alert in got + want:
        del alert["hostname"]
    assert got == want
