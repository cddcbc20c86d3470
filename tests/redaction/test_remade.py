"""Tables from Python under a policy: nothing planted is in them, whatever they become."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import UsageError
from pysysdig.redaction.scan import scan
from pysysdig.redaction.search import Search
from tests.conftest import Call
from tests.redaction.planted import SECRETS, plant

FIELDS = ("rules", "evt.info", "proc.env", "evt.buffer", "container.mounts", "evt.hostname", "proc.acmdline[1]", "user.homedir")


@pytest.fixture
def secrets() -> Search:
    return Search(SECRETS, patterns=True)


@pytest.mark.parametrize("calls", [False, True])
@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet", ".arrows"])
def test_files(tmp_path: Path, secrets: Search, suffix: str, calls: bool) -> None:
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    trace = pysysdig.open(plant(tmp_path).path, calls=calls).select(*FIELDS)
    assert trace.redact().write(out := tmp_path / f"o{suffix}") == trace.count() > 0
    assert list(scan(str(out), secrets)) == []
    trace.write(open_ := tmp_path / f"real{suffix}")
    assert list(scan(str(open_), secrets))


def test_datasets(tmp_path: Path, secrets: Search) -> None:
    """Neither in files nor in their names, which say the host and the capture."""
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra arrow is not installed")
    planted = plant(tmp_path)
    path = tmp_path / f"{SECRETS[0]}.pscap"
    planted.path.rename(path)
    trace = pysysdig.open(path).filter("fd.num >= 0").select(*FIELDS).redact(key=b"k" * 16)
    files = trace.write_dataset(tmp_path / "set")
    assert files and not any(secret in name for name in files for secret in SECRETS)
    for name in files:
        assert list(scan(name, secrets)) == []
        about = pq.read_schema(name).metadata
        assert about[b"pysysdig.redaction"] and about[b"pysysdig.filter"] == about[b"pysysdig.source"] == b""
    assert trace.write_dataset(tmp_path / "set") == files


def test_as_on_the_command_line(tmp_path: Path, call_cli: Call) -> None:
    """One key, one policy: the same table."""
    planted = plant(tmp_path)
    (tmp_path / "key").write_bytes(b"0123456789abcdef")
    (tmp_path / "p.yaml").write_text("fd.ip: drop\nproc.name: hash\n")
    out = tmp_path / "o.csv"
    words = ("--redact", tmp_path / "p.yaml", "--redact-key", tmp_path / "key", "--export", out, "fd.name exists")
    assert call_cli("-r", planted.path, *words).returncode == 0
    trace = pysysdig.open(planted.path).filter("fd.name exists").wide()
    key = b"0123456789abcdef"
    for policy in (tmp_path / "p.yaml", {"fd.ip": "drop", "proc.name": "hash"}):
        trace.redact(policy, key=key).write(tmp_path / "api.csv")
        assert (tmp_path / "api.csv").read_bytes() == out.read_bytes()


def test_queries_are_about_what_is_left(tmp_path: Path) -> None:
    """Conditions are not asked of the real events."""
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(plant(tmp_path).path).redact({"proc.name": "hash"})
    assert trace.sql("select count(*) from events where proc.name = 'bash'").fetchall() == [(0,)]
    hashed = {name for (name,) in trace.select("proc.name").rows() if name and name.startswith("h_")}
    for name in hashed:
        ((n,),) = trace.sql(f"select count(*) from events where proc.name = '{name}'").fetchall()
        assert n > 0
    assert hashed


def test_mistakes(root: Path, tmp_path: Path, call_cli: Call) -> None:
    trace = pysysdig.open(plant(tmp_path).path)
    with pytest.raises(UsageError, match="fd.sip cannot be treated"):
        trace.redact({"fd.sip": "drop"})
    with pytest.raises(UsageError, match="there are keep, hash, drop"):
        trace.redact({"proc.name": "net24"})
    with pytest.raises(UsageError, match="at least 16 bytes"):
        trace.redact(key=b"short")
    call_cli("-r", root / "captures" / "demo.scap", "-w", tmp_path / "f.pscap", "proc.name=cat")
    with pytest.raises(UsageError, match="was written with a filter"):
        list(pysysdig.open(tmp_path / "f.pscap").redact().rows())
