"""Two captures, or two parts of one, compared by the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.replay import replay
from pysysdig.report.comparison import Difference
from pysysdig.sources.opening import open_any
from pysysdig.ui.comparing import Comparing
from pysysdig.ui.messages import Compare, Compared
from tests.ui.test_work import answers


def found(root: Path, asked: Compare) -> dict[tuple[str, str], Difference]:
    (told,) = answers(root, asked)
    assert isinstance(told, Compared) and told.done and told.number == asked.number
    return {(d.what, d.name): d for d in told.differences}


def events(path: Path, filter_text: str) -> tuple[int, float]:
    """How many pass a filter, and the seconds from the first to the last of them."""
    times: list[int] = []
    with open_any(str(path)) as capture:
        for view, sel in replay(capture.sections(), filter_text):
            times += view.batch.ts_of(sel).tolist()
    return len(times), max((times[-1] - times[0]) / 1e9, 1e-3)


def test_parts_of_one_capture_each_by_its_own_time(root: Path) -> None:
    demo = root / "captures" / "demo.scap"
    early, late = "evt.num<=400", "evt.num>400 and evt.dir=<"
    told = found(root, Compare(3, early, late))
    (count, span), (other, seconds) = events(demo, early), events(demo, late)
    whole = told["Number", "Events"]
    assert whole.rate == pytest.approx(count / span) and whole.other == pytest.approx(other / seconds)
    new = {key for key, one in told.items() if not one.other}
    back = found(root, Compare(4, late, early))
    assert new and {key for key, one in back.items() if not one.rate} == new


@pytest.mark.parametrize("what", ["Program", "File", "Server port", "Error", "System call", "Number"])
def test_filters_pass_what_was_counted(root: Path, what: str) -> None:
    """In A, and for what is only in B there."""
    demo = root / "captures" / "demo.scap"
    early, late = "evt.num<=700", "evt.num>700"
    for (kind, name), one in found(root, Compare(3, early, late)).items():
        if kind == what and one.filter:
            part = early if one.rate else late
            assert events(demo, f"({part}) and ({one.filter})")[0] > 0, name


def test_another_capture(root: Path, tmp_path: Path) -> None:
    demo = root / "captures" / "demo.scap"
    copy = tmp_path / "b.scap"
    copy.write_bytes(demo.read_bytes())
    assert found(root, Compare(1, "", path=str(copy))) == {}
    with pytest.raises(PysysdigError, match="none.scap"):
        found(root, Compare(1, "", path=str(tmp_path / "none.scap")))


def test_what_is_not_wanted_any_more_is_not_worked_out(root: Path) -> None:
    demo = str(root / "captures" / "demo.scap")
    with open_any(demo) as capture:
        work = Comparing(Compare(1, "", path=demo), capture.generation, lambda: True)
        for view, sel in replay(capture.sections(), level=work.level):
            work.add(view, sel)
        assert work.final() == []
