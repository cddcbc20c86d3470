"""--redact: what is written under a policy has no secret in it, and filters on what is kept answer the same."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path

import pytest

import pysysdig
from pysysdig.redaction.scan import scan
from pysysdig.redaction.search import Search
from pysysdig.redaction.values import PUBLIC
from pysysdig.trace import frames
from tests.conftest import Call
from tests.redaction.planted import SECRETS, plant

FIELDS = "rules,evt.info,proc.env,evt.buffer,container.mounts,k8s.pod.labels,evt.hostname,proc.acmdline[1],user.homedir"
# on what the default policy keeps: names of processes, numbers, public beginnings of paths, networks
FILTERS = (
    "proc.name = bash", "evt.type = openat and fd.name startswith /etc", "evt.failed = true", "user.uid = 1000", "fd.type = file",
    "proc.aname = bash", "evt.buflen > 50", "fd.sport = 443", "fd.net = 203.0.113.0/24", "container.id = 3ad7b26ded6d",
    "container.image contains postgres", "evt.is_io_write = true", "fd.name pmatch (/home, /run)", "fd.num = 7",
    "proc.pname = bash", "container.privileged = true", "evt.rawres < 0", "proc.name = renamed", "not fd.name exists",
)  # fmt: skip


@pytest.fixture
def secrets() -> Search:
    return Search(SECRETS, patterns=True)


def test_a_trace_without_the_secrets(tmp_path: Path, call_cli: Call, secrets: Search) -> None:
    planted = plant(tmp_path)
    for n, words in enumerate(((), ("fd.num >= 0",), ("-n", "9"), ("-e", "6"))):
        out = tmp_path / f"o{n}.pscap"
        done = call_cli("-r", planted.path, "--redact", "default", "-w", out, *words)
        assert (done.returncode, done.stderr) == (0, b"")
        written = sorted(tmp_path.glob(f"o{n}.pscap*"))
        assert written
        assert [list(scan(str(path), secrets)) for path in written] == [[]] * len(written)


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet", ".arrow", ".arrows"])
@pytest.mark.parametrize("calls", [(), ("--calls",)])
def test_a_table_without_the_secrets(
    tmp_path: Path, call_cli: Call, secrets: Search, suffix: str, calls: tuple[str, ...]
) -> None:
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    planted = plant(tmp_path)
    out = tmp_path / f"o{suffix}"
    done = call_cli("-r", planted.path, "--redact", "default", "--export", out, "--fields", FIELDS, *calls)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(scan(str(out), secrets)) == []


def test_filters_on_what_is_kept_answer_the_same(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    out = tmp_path / "o.pscap"
    call_cli("-r", planted.path, "--redact", "default", "-w", out)
    answered = 0
    for text in FILTERS:
        before, after = (
            list(pysysdig.open(path).filter(text).select("evt.num", "evt.type", "proc.name").rows())
            for path in (planted.path, out)
        )
        assert before == after, text
        answered += bool(before)
    assert answered >= len(FILTERS) - 1


@pytest.mark.parametrize("name", ["demo.scap", "exit_only_udp.scap", "syscalls.scap", "udp.scap"])
def test_captures_keep_their_numbers_and_names(root: Path, tmp_path: Path, call_cli: Call, name: str) -> None:
    capture, out = root / "captures" / name, tmp_path / "o.pscap"
    assert call_cli("-r", capture, "--redact", "default", "-w", out).returncode == 0
    line = "%evt.num %evt.rawtime %evt.cpu %proc.name %thread.tid %evt.type %evt.rawres %evt.latency %fd.num %fd.type %evt.buflen"
    assert call_cli("-r", capture, "-p", line).stdout == call_cli("-r", out, "-p", line).stdout != b""


def test_filters_choose_among_the_real_events(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    text = "fd.name contains payroll2026"
    call_cli("-r", planted.path, "--redact", "default", "--export", tmp_path / "o.csv", "--fields", "evt.num", text)
    wanted = call_cli("-r", planted.path, "-p", "%evt.num", text).stdout.split()
    assert wanted and (tmp_path / "o.csv").read_bytes().split()[1:] == wanted


def test_a_key_makes_hashes_of_two_files_the_same(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    made = []
    for n, words in enumerate((("--redact-key", key), ("--redact-key", key), ())):
        out = tmp_path / f"{n}.csv"
        call_cli("-r", planted.path, "--redact", "default", "--export", out, "--fields", "fd.name", *words)
        made.append(out.read_bytes())
    assert made[0] == made[1] != made[2]


def test_the_policy_is_in_the_file_and_the_key_is_not(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    key, policy = tmp_path / "key", tmp_path / "p.yaml"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    policy.write_text("proc.name: hash\n")
    out = tmp_path / "o.pscap"
    call_cli("-r", planted.path, "--redact", policy, "--redact-key", key, "-w", out)
    data = out.read_bytes()
    head = frames.need(memoryview(data))
    assert not isinstance(head, int)
    said = json.loads(frames.frame(memoryview(data), head).meta["redaction"])
    assert said["proc.name"] == "hash" and said["fd.ip"] == "net24"
    assert not list(scan(str(out), Search([key.read_text(), "bash"], patterns=False)))
    pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    import pyarrow.parquet as pq

    words = ("--redact", policy, "--export", tmp_path / "o.parquet", "fd.name contains payroll2026")
    assert call_cli("-r", planted.path, *words).returncode == 0
    metadata = pq.read_schema(tmp_path / "o.parquet").metadata
    assert json.loads(metadata[b"pysysdig.redaction"]) == said and metadata[b"pysysdig.filter"] == b""


def test_refused_in_one_line(root: Path, tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    demo = root / "captures" / "demo.scap"
    filtered = tmp_path / "f.pscap"
    call_cli("-r", demo, "-w", filtered, "evt.type=openat")
    out = tmp_path / "o.pscap"
    for words, message in (
        (("-r", demo, "--redact", "default", "-w", tmp_path / "o.scap"), b"--redact writes .pscap files"),
        (("-r", demo, "--redact", "default"), b"name a file with --export or -w"),
        (("-r", demo, "--redact-key", "x", "-w", out), b"--redact-key is for --redact"),
        (("-r", demo, "--redact", "default", "-w", out, "-S"), b"--redact: without rules, chisels, -S"),
        (("-r", demo, "--redact", "nosuch", "-w", out), b"--redact nosuch: cannot be read"),
        (("-r", filtered, "--redact", "default", "-w", out), b"was written with a filter"),
        (("-r", planted.path, "--redact", "default", "--redact-key", "/dev/null", "-w", out), b"at least 16 bytes"),
    ):
        done = call_cli(*words)
        assert done.returncode == 1 and message in done.stderr and done.stderr.count(b"\n") == 1, done.stderr


@pytest.mark.parametrize("name", ["containers", "exit_only_containers", "netcat_unix", "fatfile", "curl_google"])
def test_larger_captures_keep_what_is_kept(shared: Path, tmp_path: Path, call_cli: Call, name: str) -> None:
    capture, out = shared / "captures" / f"{name}.scap", tmp_path / "o.pscap"
    assert call_cli("-r", capture, "--redact", "default", "-w", out, "-n", "12000").returncode == 0
    kept = (
        "evt.num", "evt.rawtime", "evt.type", "evt.rawres", "evt.latency", "evt.buflen", "evt.failed", "proc.name", "proc.aname",
        "proc.pid", "proc.sid", "container.id", "container.image", "container.type", "user.uid", "fd.num", "fd.type", "fd.sport",
        "fd.cport", "fd.lport", "fd.is_server", "fd.l4proto",
    )  # fmt: skip
    before, after = (pysysdig.open(path).select(*kept).rows() for path in (capture, out))
    written = list(after)
    assert written and written == list(islice(before, len(written)))


def test_no_word_of_a_real_capture_is_left(root: Path, tmp_path: Path, call_cli: Call) -> None:
    """Of enter and exit events: parts of paths, arguments, environments, accounts, but for what the policy keeps."""
    capture, out = root / "captures" / "demo.scap", tmp_path / "o.pscap"
    call_cli("-r", capture, "--redact", "default", "-w", out)
    hidden: set[str] = set()
    kept: set[str] = set()
    fields = ("fd.name", "proc.args", "proc.env", "proc.cwd", "proc.exepath", "proc.name")
    for *texts, name in pysysdig.open(capture).select(*fields).rows():
        hidden.update(*(re.split(r"[/\s=:]+", text) for text in texts if text))
        kept.add(name or "")
    public = " ".join((*kept, *PUBLIC))
    words = sorted(word for word in hidden if len(word) >= 7 and not word.startswith("-") and word not in public)
    assert len(words) > 20 and list(scan(str(capture), Search(words, patterns=False)))
    assert list(scan(str(out), Search(words, patterns=False))) == []
