"""Groups of alerts."""

from __future__ import annotations

from pysysdig.workbench.tune.model import Cell, Raised
from pysysdig.workbench.tune.propose import propose


def alerts(*fields: dict[str, str]) -> list[Raised]:
    return [Raised("R", "t", 0, number, "", values) for number, values in enumerate(fields)]


def made(found: list[Raised], **options: bool) -> list[tuple[Cell, ...]]:
    return [p.cells for p in propose(found, {"R": {"tuned_1"}}, **options)]  # type: ignore[arg-type]


def test_who_it_was_and_what_it_was_about() -> None:
    restic = {"proc.exepath": "/usr/bin/restic", "proc.name": "restic"}
    some = alerts(*({**restic, "fd.name": f"/etc/{n}"} for n in range(3)), {"proc.exepath": "/usr/bin/vi", "fd.name": "/etc/0"})
    (proposal,) = propose(some, {"R": {"tuned_1"}})
    assert proposal.name == "tuned_2" and proposal.group == 3 and not proposal.weak
    assert Cell("proc.exepath", "=", ("/usr/bin/restic",)) in proposal.cells
    assert proposal.cells[-1] == Cell("fd.name", "in", ("/etc/0", "/etc/1", "/etc/2"))


def test_many_paths_become_folders_but_never_the_root() -> None:
    def about(paths: list[str]) -> list[tuple[Cell, ...]]:
        return made(alerts(*({"proc.exepath": "/usr/bin/x", "fd.name": path} for path in paths)))

    (cells,) = about([f"/etc/{folder}/{n}" for folder in "abcdef" for n in range(9)])
    assert cells[-1].op == "pmatch" and len(cells[-1].values) <= 3 and all(v.startswith("/etc") for v in cells[-1].values)
    assert about([f"/{folder}/{n}" for folder in "abcdefgh" for n in range(9)]) == []
    assert about(["/etc/a\x1b", "/etc/b"]) == []


def test_what_anybody_can_choose_is_asked_for() -> None:
    some = alerts({"proc.name": "cat", "fd.name": "/etc/x"}, {"proc.name": "cat", "fd.name": "/etc/x"})
    assert made(some) == []
    (proposal,) = propose(some, {}, weak=True)
    assert proposal.weak


def test_refused_ones_are_not_proposed_again() -> None:
    some = alerts(*({"proc.exepath": "/usr/bin/x", "user.name": "backup", "fd.name": "/etc/x"} for _ in range(2)))
    first = made(some)[0]
    second = [p.cells for p in propose(some, {}, without={first})][0]
    assert second != first


def test_single_alerts_are_left_alone() -> None:
    assert made(alerts({"proc.exepath": "/usr/bin/a", "fd.name": "/x"}, {"proc.exepath": "/usr/bin/b", "fd.name": "/x"})) == []
