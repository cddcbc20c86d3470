"""Finding views."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.views.loader import builtin_views, every_view, find_view, view_ids


def test_unknown_views_are_named() -> None:
    with pytest.raises(UsageError, match="there is no view 'prcs'; did you mean procs"):
        find_view("prcs")


def test_every_view_has_an_id_and_a_name_of_its_own() -> None:
    views = every_view()
    assert [v.name for v in views] == sorted(v.name for v in views)
    assert view_ids() == sorted(v.id for v in views) == sorted(set(builtin_views())) and len(views) > 30
    assert find_view("procs") is builtin_views()["procs"]


def test_what_cannot_be_used_is_passed_over_and_told(tmp_path: Path) -> None:
    (tmp_path / "v_broken.py").write_text("from pysysdig.views.model import View\nVIEW = 7\n")
    problems: list[str] = []
    assert len(every_view([str(tmp_path)], problems)) == len(builtin_views())
    assert len(problems) == 1 and "v_broken.py" in problems[0]
