"""Columns that are added."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.ui.columns import MOST, Saved, column, extended, settings_file
from pysysdig.views.loader import find_view
from pysysdig.views.model import MAX, NONE, SUM, layout
from tests.views.frames import column as values
from tests.views.frames import frame_of


def test_how_their_values_combine() -> None:
    assert [column(f).aggregation for f in ("evt.count", "proc.cwd", "proc.pid")] == [SUM, MAX, NONE]
    for wrong in ("nosuch.field", "proc.aname[x]", "evt.arg", ""):
        with pytest.raises(UsageError):
            column(wrong)


def test_they_stand_before_the_rest_of_the_line(root: Path) -> None:
    view = extended(find_view("procs"), ("proc.cwd", "evt.count"))
    assert [c.title for c in layout(view).shown][-3:] == ["proc.cwd", "evt.count", "Command"]
    made = frame_of(root / "captures" / "demo.scap", view)
    plain = frame_of(root / "captures" / "demo.scap", find_view("procs"))
    assert [row.key for row in made.rows] == [row.key for row in plain.rows]  # there are no other rows
    assert set(values(made, "proc.cwd").values()) >= {"/tmp/"} and sum(values(made, "evt.count").values()) > 1000
    assert extended(find_view("procs"), ()) is find_view("procs")


def test_they_are_kept_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "columns.json"
    saved = Saved(path)
    assert saved.of("procs") == ()
    saved.put("procs", ("proc.cwd",))
    saved.put("files", ("evt.count", "user.name"))
    again = Saved(path)
    assert (again.of("procs"), again.of("files"), again.of("x")) == (("proc.cwd",), ("evt.count", "user.name"), ())
    assert [p.name for p in path.parent.iterdir()] == ["columns.json"]
    Saved().put("procs", ("proc.cwd",))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"procs": 5}', "[" * 70000, "\xff", "null"])
def test_a_file_that_is_none_holds_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "columns.json"
    path.write_bytes(text.encode("latin-1"))
    assert Saved(path).of("procs") == ()


def test_fields_that_there_are_not_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "columns.json"
    path.write_text('{"procs": ["nosuch.field", "proc.cwd", 7]}')
    assert Saved(path).of("procs") == ("proc.cwd",)


def test_what_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    saved = Saved(tmp_path / "file" / "columns.json")
    with pytest.raises(UsageError, match="not kept"):
        saved.put("procs", ("proc.cwd",))
    assert saved.of("procs") == ("proc.cwd",)
    with pytest.raises(UsageError, match="more columns"):
        saved.put("procs", ("proc.cwd",) * (MOST + 1))


def test_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "pysysdig" / "columns.json"
    for odd in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", odd)
        assert settings_file() == Path.home() / ".config" / "pysysdig" / "columns.json"
