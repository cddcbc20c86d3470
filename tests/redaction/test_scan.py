"""Secrets in files, wherever they are in there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import PysysdigError
from pysysdig.redaction.scan import Finding, scan
from pysysdig.redaction.search import Search
from tests.redaction.planted import MARK, SECRETS, plant


def test_each_planted_secret_is_found_in_a_trace(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    for secret in SECRETS:
        assert list(scan(str(planted.path), Search([secret], patterns=False))), secret


def test_where(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    found = set(scan(str(planted.path), Search([MARK], patterns=False)))
    assert Finding("event 13, read, data", f"the text '{MARK[:2]}...' of {len(MARK)} characters, split over buffers") in found


def test_texts_of_eight_bytes(root: Path, tmp_path: Path) -> None:
    """Parameters that all have the same small size are kept as numbers, whose bytes do not lie side by side."""
    from pysysdig.events.build import batch, event
    from pysysdig.events.table import CURRENT
    from pysysdig.sources.files import File
    from pysysdig.state.build import snapshot
    from pysysdig.trace.writer import TraceWriter

    file = File(str(tmp_path / "x.pscap"))
    out = TraceWriter(file)
    out.begin(snapshot(), CURRENT)
    out.write_batch(batch(event("SYSCALL_CHDIR_X", params=[0, f"secret{n % 10}"]) for n in range(300)))
    out.finish()
    file.close()
    assert b"secret3" not in (tmp_path / "x.pscap").read_bytes()
    assert next(iter(scan(file.name, Search(["secret3"], patterns=False)))).where == "event 4, chdir, path"


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet", ".arrow", ".arrows"])
def test_tables(root: Path, tmp_path: Path, suffix: str) -> None:
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    path = tmp_path / f"x{suffix}"
    pysysdig.open(root / "captures" / "demo.scap").select("evt.num", "proc.name", "proc.aname", "evt.args").write(path)
    assert list(scan(str(path), Search(["a1_pipelines.sh"], patterns=False)))
    assert not list(scan(str(path), Search(["nowhere to be found"], patterns=False)))


def test_tables_of_several_row_groups(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    from pysysdig.export import formats

    monkeypatch.setattr(formats, "ROW_GROUP", 500)
    path = tmp_path / "x.parquet"
    pysysdig.open(root / "captures" / "demo.scap").wide().write(path)
    assert list(scan(str(path), Search(["a1_pipelines.sh"], patterns=False)))


def test_other_captures_packed_or_not(root: Path, tmp_path: Path) -> None:
    demo = root / "captures" / "demo.scap"
    packed = tmp_path / "demo.scap.gz"
    packed.write_bytes(gzip.compress(demo.read_bytes()))
    search = Search(["a1_pipelines.sh"], patterns=False)
    assert set(scan(str(demo), search)) == set(scan(str(packed), search)) != set()


def test_what_cannot_be_read(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    search = Search(["nowhere to be found"], patterns=False)
    planted.path.write_bytes(planted.path.read_bytes()[:-40])
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no table")
    (tmp_path / "y").write_bytes(b"no capture at all")
    for name in ("planted.pscap", "x.parquet", "y", "none"):
        if name == "x.parquet":
            pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
        with pytest.raises(PysysdigError):
            list(scan(str(tmp_path / name), search))
