"""Files of event sources: Kubernetes' audit events, from the command line."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pysysdig.errors import CaptureError, LeftOut, PysysdigError
from pysysdig.eventsources.model import Event
from pysysdig.sources import records
from pysysdig.sources.input import open_source
from pysysdig.sources.opening import open_any
from tests.conftest import Call
from tests.eventsources.audit_events import TIME, audit, lines, log, pod
from tests.eventsources.sample_source import Words

RULE = """
- rule: Privileged pod
  desc: d
  condition: ka.verb=create and ka.req.pod.containers.privileged intersects (true)
  output: Privileged (user=%ka.user.name images=%ka.req.pod.containers.image none=%ka.impuser.name)
  priority: WARNING
  source: k8s_audit
  tags: [k8s]
"""
PRIVILEGED = audit(requestObject=pod({"name": "a", "image": "nginx", "securityContext": {"privileged": True}}))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE)
    return path


def requiring(rules: Path) -> Path:
    """The same for today's plugin."""
    path = rules.with_name("plugin.yaml")
    path.write_text("- required_plugin_versions: [{name: k8saudit, version: 0.7.0}, {name: json, version: 0.7.0}]\n" + RULE)
    return path


def test_alerts(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    path = log(tmp_path, audit("get"), PRIVILEGED)
    shown = call_cli("-r", path, "--rules", rules)
    assert not shown.returncode and not shown.stderr
    assert shown.stdout.decode().split("\n")[0] == ("22:13:20.000000000: Warning Privileged (user=ann images=nginx none=<NA>)")
    alert = json.loads(call_cli("-r", path, "--rules", rules, "-j").stdout)
    assert alert["output_fields"] == {
        "jevt.time": "22:13:20.000000000", "ka.user.name": "ann", "ka.req.pod.containers.image": "nginx",
        "ka.impuser.name": "<NA>",
    }  # fmt: skip
    shown = call_cli("-r", path, "--rules", rules, "-j", "-o", "time_format_iso_8601=true")
    assert json.loads(shown.stdout)["output_fields"]["jevt.time.iso8601"] == "2023-11-14T22:13:20.000000000+0000"
    shown = call_cli("-r", path, "--rules", requiring(rules), "-j")
    alert = json.loads(shown.stdout)
    assert alert["source"] == "k8s_audit" and alert["tags"] == ["k8s"] and alert["time"] == "2023-11-14T22:13:20.000000000Z"
    assert alert["output"].endswith("images=(nginx) none=<NA>)")
    assert alert["output_fields"] == {
        "evt.time": TIME, "ka.user.name": "ann", "ka.req.pod.containers.image": ["nginx"], "ka.impuser.name": None,
    }  # fmt: skip


def test_lines(tmp_path: Path, call_cli: Call) -> None:
    path = log(tmp_path, audit("get"), audit("list"))
    first, *rest = call_cli("-r", path).stdout.decode().splitlines()
    assert first.startswith('1 2023-11-14 22:13:20 [k8saudit] {"kind":"Event","apiVersion":"audit.k8s.io/v1",') and len(rest) == 1
    shown = call_cli("-r", path, "-p", "%evt.num %ka.verb %jevt.value[/user/groups/1] %evt.source", "ka.verb=list")
    assert shown.stdout == b"2 list ops k8s_audit\n"
    assert json.loads(call_cli("-r", path, "-j", "-p", "%ka.user.groups %ka.verb", "evt.num=1").stdout) == {
        "ka.user.groups": ["dev", "ops"], "ka.verb": "get",
    }  # fmt: skip


def test_tables(tmp_path: Path, call_cli: Call) -> None:
    path, out = log(tmp_path, PRIVILEGED, audit("get")), tmp_path / "out.ndjson"
    assert not call_cli("-r", path, "--export", out, "--fields", "ka.verb,ka.user.groups,evt.source").returncode
    first, second = map(json.loads, out.read_text().splitlines())
    assert first == {"ka.verb": "create", "ka.user.groups": ["dev", "ops"], "evt.source": "k8s_audit"}
    assert second["ka.verb"] == "get"
    assert not call_cli("-r", path, "--redact", "default", "--export", out, "--fields", "ka.verb,evt.plugininfo").returncode
    assert "create" not in out.read_text() and "get" not in out.read_text()


def test_wrong_filters(tmp_path: Path, call_cli: Call) -> None:
    path = log(tmp_path, audit())
    for text, caret in (("ka.verbs=x", "ka.verbs=x\n"), ("ka.verb=x and ka.uri.param=y", "ka.uri.param")):
        shown = call_cli("-r", path, text)
        assert shown.returncode == 1 and caret in shown.stderr.decode() and "^" in shown.stderr.decode()


def test_what_is_broken_is_left_out_and_said(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    path = tmp_path / "audit.json"
    no_time = {key: value for key, value in audit().items() if key != "stageTimestamp"}
    path.write_bytes(lines(PRIVILEGED) + b"{broken\n\n" + lines(no_time, {"kind": "Pod"}, PRIVILEGED) + b'{"kind":"Ev')
    shown = call_cli("-r", path, "--rules", rules)
    assert shown.returncode == 1 and shown.stdout.decode().count("Privileged (") == 2
    assert f"{path}: line 2: not JSON" in shown.stderr.decode() and "(and 3 more)" in shown.stderr.decode()
    assert len(shown.stderr.splitlines()) == 1
    assert call_cli("-r", path, "-p", "%evt.num").stdout == b"1\n2\n"


def test_everywhere_else_it_is_said_too(tmp_path: Path, call_cli: Call) -> None:
    """Once all that can be read is out; of several files all are read."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.json").write_bytes(lines(audit("one")) + b"{\n" + lines(audit("two")))
    log(folder, audit("three", stageTimestamp="2024-01-01T00:00:00Z"), name="b.json")
    shown = call_cli("-r", folder, "-p", "%ka.verb")
    assert shown.stdout == b"one\ntwo\nthree\n" and shown.returncode == 1 and b"a.json: line 2" in shown.stderr
    shown = call_cli("-r", folder, "--export", tmp_path / "out.csv")
    assert shown.returncode == 1 and b"line 2" in shown.stderr
    with open_any(str(folder / "a.json")) as capture, pytest.raises(LeftOut, match="line 2"):
        list(capture.batches())


def test_lists_of_many(tmp_path: Path, call_cli: Call) -> None:
    path = log(tmp_path, {"kind": "EventList", "items": [audit(str(n)) for n in range(10_000)]}, audit("last"))
    assert call_cli("-r", path, "-p", "%ka.verb", "evt.num >= 9999").stdout == b"9998\n9999\nlast\n"


def test_large_and_deep(tmp_path: Path, call_cli: Call) -> None:
    huge = audit(requestObject={"data": {"x": "y" * (12 << 20)}})
    path = tmp_path / "audit.json"
    deep = b'{"kind":"Event","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    path.write_bytes(lines(huge) + deep + lines(audit("last")))
    shown = call_cli("-r", path, "-p", "%evt.num %ka.verb")
    assert shown.stdout == b"1 create\n2 last\n" and b"line 2" in shown.stderr


def test_compressed_and_piped(tmp_path: Path, rules: Path) -> None:
    path = tmp_path / "audit.json.gz"
    path.write_bytes(gzip.compress(lines(PRIVILEGED)))
    command = [sys.executable, "-m", "pysysdig", "--rules", str(rules), "-r"]
    for words, data in ((str(path), b""), ("-", lines(PRIVILEGED))):
        shown = subprocess.run([*command, words], input=data, capture_output=True, check=True)
        assert b"Privileged (user=ann" in shown.stdout


def test_a_pipe_whose_first_line_comes_in_pieces() -> None:
    command = [sys.executable, "-m", "pysysdig", "-p", "%evt.num %ka.verb", "-r", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        first, rest = lines(audit("get"))[:9], lines(audit("get"))[9:]
        process.stdin.write(first)
        process.stdin.flush()
        time.sleep(0.5)  # long enough for it to look, where the machine is not busy
        process.stdin.write(rest)
        process.stdin.flush()
        assert process.stdout.readline() == b"1 get\n"  # while the pipe is open
        process.stdin.write(lines(audit("list")))
        process.stdin.close()
        assert process.stdout.read() == b"2 list\n"


def test_directories(tmp_path: Path, call_cli: Call) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log(folder, audit("second", stageTimestamp="2024-01-01T00:00:00Z"), name="a.json")
    log(folder, audit("first"), name="b.json")
    (folder / "notes.txt").write_text("nothing")
    assert call_cli("-r", folder, "-p", "%ka.verb").stdout == b"first\nsecond\n"


def test_written_and_read_again(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    path = log(tmp_path, PRIVILEGED, audit("get"))
    for name in ("out.scap", "out.pscap"):
        assert not call_cli("-r", path, "-w", tmp_path / name).returncode
        assert b"Privileged (user=ann" in call_cli("-r", tmp_path / name, "--rules", rules).stdout
        assert call_cli("-r", tmp_path / name, "-p", "%evt.num %ka.verb").stdout == b"1 create\n2 get\n"


def test_rules_of_system_calls_see_none_of_it(tmp_path: Path, call_cli: Call) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(RULE + "- rule: any\n  desc: d\n  condition: evt.num>0\n  output: any\n  priority: INFO\n")
    shown = call_cli("-r", log(tmp_path, audit("get")), "--rules", path)
    assert b"any" not in shown.stdout and not shown.returncode


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.json"
    path.write_bytes(lines(audit()) + b'{"kind":"Event","x":"' + b"x" * (1 << 16))
    monkeypatch.setattr(records, "MAX_RECORD", 1 << 14)
    monkeypatch.setattr(records, "STEP", 1 << 12)
    with open_any(str(path)) as capture, pytest.raises(CaptureError, match="a line of more than"):
        list(capture.batches())


def test_numbers_of_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_BATCH", 3)
    with open_any(str(log(tmp_path, *[audit(str(n)) for n in range(8)]))) as capture:
        assert [batch.num.tolist() for batch in capture.batches()] == [[1, 2, 3], [4, 5, 6], [7, 8]]


class Lazy(Words):
    """Makes its events as they are taken: what is wrong is known then."""

    def events(self, record: bytes) -> Iterator[Event]:
        yield from super().events(record)


class Failing(Words):
    """Did not expect such a word."""

    def events(self, record: bytes) -> Iterable[Event]:
        (event,) = super().events(record)
        return [event._replace(data={b"a": b"a", b"b": b"b"}[event.data])]


class Fractions(Words):
    """Times in seconds."""

    def events(self, record: bytes) -> Iterable[Event]:
        (event,) = super().events(record)
        return [event._replace(time=event.time / 1e9 if event.data == b"c" else event.time)]  # type: ignore[arg-type]


class Texts(Words):
    """Text where there are bytes."""

    def events(self, record: bytes) -> Iterable[Event]:
        (event,) = super().events(record)
        return [event._replace(data="c" if event.data == b"c" else event.data)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        (Words, "c", "not SECONDS WORD"),
        (Lazy, "c", "not SECONDS WORD"),
        (Failing, "1 c", "the source words failed: KeyError(b'c')"),
        (Fractions, "1 c", "the source words failed: TypeError('an event has a time in whole ns and bytes of data')"),
        (Texts, "1 c", "the source words failed: TypeError('an event has a time in whole ns and bytes of data')"),
    ],
)
def test_whatever_a_source_raises_one_line_is_left_out(tmp_path: Path, source: type[Words], line: str, why: str) -> None:
    path = tmp_path / "words"
    path.write_text(f"1 a\n{line}\n2 b\n")
    opened = records.Records(open_source(str(path)), source())
    seen: list[bytes] = []
    with pytest.raises(LeftOut) as told:  # noqa: PT012
        for batch in opened.read():
            seen += [event[0].encode() for event in batch.derived["words"]]
    assert seen == [b"a", b"b"]
    assert str(told.value) == f"{path}: line 2: {why}; left out"


def test_a_source_that_cannot_tell_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, in a line."""
    monkeypatch.setattr(Words, "recognises", lambda self, head: head[100])
    monkeypatch.setattr(records, "sources", lambda: [Words()])
    path = tmp_path / "words"
    path.write_text("1 a\n")
    with pytest.raises(PysysdigError, match="words cannot say whether the file is one of its own: IndexError"):
        open_any(str(path))
