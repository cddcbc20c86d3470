"""Reports from the command line."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call

RULE = """
- rule: Opened
  desc: d
  condition: evt.type=openat and fd.name startswith /etc
  output: opened %fd.name by %proc.name
  priority: WARNING
"""


def data_in(page: bytes) -> dict[str, Any]:
    found = re.findall(rb'id="data">([^<]+)<', page)[0]
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found)))
    return data


def test_alerts_are_those_of_a_run_with_the_rules(root: Path, tmp_path: Path, call_cli: Call) -> None:
    capture, rules, out = str(root / "captures" / "demo.scap"), tmp_path / "r.yaml", tmp_path / "o.html"
    rules.write_text(RULE)
    result = call_cli("-r", capture, "--rules", str(rules), "--report", str(out))
    assert (result.returncode, result.stdout) == (0, b"")
    data = data_in(out.read_bytes())
    raised = [
        json.loads(line)
        for line in call_cli("-r", capture, "--rules", str(rules), "-j").stdout.splitlines()
        if line.startswith(b"{")
    ]
    assert raised
    assert [rule["count"] for rule in data["alerts"]["rules"]] == [len(raised)]
    assert [item["text"] in alert["output"] for item, alert in zip(data["alerts"]["items"], raised)] == [True] * len(raised)
    for item in data["alerts"]["items"][:3]:
        assert len(call_cli("-r", capture, item["filter"]).stdout.splitlines()) == 1


def test_standard_output(root: Path, call_cli: Call) -> None:
    capture = str(root / "captures" / "demo.scap")
    result = call_cli("-r", capture, "--report", "-", "evt.type=openat")
    assert data_in(result.stdout)["filter"] == "evt.type=openat"


def test_rules_of_what_comes_from_a_pipe(root: Path, tmp_path: Path, call_cli: Call, run_cli: Call) -> None:
    """They are tried while the capture is summed up: it is read once."""
    capture, rules = root / "captures" / "demo.scap", tmp_path / "r.yaml"
    rules.write_text(RULE)
    piped = data_in(run_cli("-r", "-", "--rules", str(rules), "--report", "-", input=capture.read_bytes()).stdout)
    named = data_in(call_cli("-r", str(capture), "--rules", str(rules), "--report", "-").stdout)
    assert piped["alerts"] == named["alerts"] and named["alerts"]["items"]


@pytest.mark.parametrize("chosen", ["evt.type in (execve, close)", "proc.name in (grep, head)", "evt.type=openat"])
@pytest.mark.parametrize("piped", [False, True])
def test_rules_of_a_trace_with_few_events_see_what_was_recorded(
    chosen: str, piped: bool, root: Path, tmp_path: Path, call_cli: Call, run_cli: Call
) -> None:
    """What its events saw when the trace was written, as in a run with the rules: events that would have said it are missing."""
    rules, cut = tmp_path / "r.yaml", tmp_path / "cut.pscap"
    rules.write_text(
        "- {rule: R, desc: d, condition: evt.num>=0 and proc.pid exists, priority: INFO, "
        "output: '%evt.type %proc.cmdline %proc.pname %proc.exepath %fd.name %user.name %container.id'}\n"
    )
    assert not call_cli("-r", root / "captures" / "demo.scap", "-w", cut, chosen).returncode
    raised = call_cli("-r", cut, "--rules", rules, "-j").stdout.splitlines()
    outputs = [json.loads(line)["output"] for line in raised if line.startswith(b"{")]
    if piped:
        page = run_cli("-r", "-", "--rules", str(rules), "--report", "-", input=cut.read_bytes()).stdout
    else:
        page = call_cli("-r", cut, "--rules", rules, "--report", "-").stdout
    items = data_in(page)["alerts"]["items"]
    assert len(items) == min(len(outputs), 200)
    assert len(items) > 5
    assert all(output.endswith(item["text"]) for item, output in zip(items, outputs))


def test_alerts_of_the_events_that_count(root: Path, tmp_path: Path, call_cli: Call) -> None:
    """With -n: of those up to the last one."""
    capture, rules = str(root / "captures" / "demo.scap"), tmp_path / "r.yaml"
    rules.write_text(RULE)
    words = ("-r", capture, "--rules", str(rules), "--report", "-")
    whole = data_in(call_cli(*words).stdout)["alerts"]["items"]
    half = len(whole) // 2
    number = call_cli("-r", capture, "-p", "%evt.num", whole[half]["filter"]).stdout.decode().strip()
    part = data_in(call_cli(*words, "-n", number).stdout)["alerts"]["items"]
    assert part == whole[: half + 1]


def test_a_filter_may_need_more_of_the_state_than_tables_do(root: Path, call_cli: Call) -> None:
    capture, wanted = str(root / "captures" / "demo.scap"), "fd.types intersects (file)"
    result = call_cli("-r", capture, "--report", "-", wanted)
    assert (result.returncode, result.stderr) == (0, b"")
    events = next(tile["total"] for tile in data_in(result.stdout)["tiles"] if tile["id"] == "syscallCount")
    assert events == len(call_cli("-r", capture, "-p", "%evt.num", wanted).stdout.splitlines()) > 0


def test_against_another(root: Path, tmp_path: Path, call_cli: Call) -> None:
    first, second = (str(root / "captures" / name) for name in ("demo.scap", "udp.scap"))
    data = data_in(call_cli("-r", first, "--report", "-", "--against", second).stdout)
    assert data["compared"]["name"] == "udp.scap" and data["compared"]["rows"]
    assert "--against udp.scap" in data["about"]["command"]
    hidden = data_in(call_cli("-r", first, "--report", "-", "--against", second, "--report-anonymise").stdout)
    assert hidden["compared"]["name"] == "another capture"
    names = [row[1] for row in hidden["compared"]["rows"] if row[0] in ("File", "Program")]
    assert names and all(name.startswith(("file-", "process-")) for name in names)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--report", "x.html"], b"one capture"),
        (["-r", "CAPTURE", "-r", "CAPTURE", "--report", "x.html"], b"one capture"),
        (["-r", "CAPTURE", "--report", "CAPTURE"], b"which is read"),
        (["-r", "CAPTURE", "--against", "/nonexistent", "--report", "x.html"], b"/nonexistent"),
        (["-r", "CAPTURE", "--report", "x.html", "evt.typ=1"], b"evt.typ"),
        (["-r", "CAPTURE", "--report", "/nonexistent/x.html"], b"/nonexistent/x.html"),
    ],
)
def test_what_cannot_be_is_one_line(
    root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch, argv: list[str], said: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    capture = str(root / "captures" / "udp.scap")
    result = call_cli(*(word.replace("CAPTURE", capture) for word in argv))
    assert result.returncode == 1
    assert said in result.stderr and b"Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())
