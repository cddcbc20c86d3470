"""What is shown of captures."""

from __future__ import annotations

from pathlib import Path

from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import THREAD
from pysysdig.state.shown import Shown


def test_threads_are_withheld_in_captures_of_exit_events(root: Path) -> None:
    selects, everything = Shown(), Shown(all_threads=True)
    shown = total = 0
    with open_any(str(root / "captures" / "exit_only_udp.scap")) as capture:
        for view, sel in replay(capture.sections(), level=THREAD):
            shown += len(selects.of(view, sel))
            total += len(everything.of(view, sel))
    assert shown + selects.withheld == total and everything.withheld == 0
