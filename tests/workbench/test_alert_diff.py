"""What files of alerts differ in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.alert_diff import Only, read
from pysysdig.workbench.alert_diff import differences as compare
from pysysdig.workbench.raised import raised
from tests.workbench.conftest import SHADOWED


def differences(first: str, second: str, chosen: Sequence[str] = (), *, exact: bool = False) -> list[Only]:
    return compare(read(first), read(second), chosen, exact=exact)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    def write(name: str, *alerts: tuple[str, dict[str, object]]) -> str:
        lines = [json.dumps({"rule": rule, "output_fields": fields, "time": name}) + "\n" for rule, fields in alerts]
        (tmp_path / name).write_text("".join(lines))
        return str(tmp_path / name)

    a = write("a", ("R", {"fd.name": "/x", "proc.pid": 1, "evt.time": 5}), ("R", {"fd.name": "/x", "proc.pid": 2}), ("S", {}))
    b = write("b", ("R", {"fd.name": "/x", "proc.pid": 3, "evt.time": 6}), ("R", {"fd.name": None}), ("S", {}))
    return a, b


def test_how_many_of_what(files: tuple[str, str]) -> None:
    assert differences(*files) == [Only("A", 1, "R", {"fd.name": "/x"}), Only("B", 1, "R", {"fd.name": "null"})]
    assert differences(files[0], files[0]) == []
    assert len(differences(*files, exact=True)) == 4
    assert differences(*files, ["nosuch"]) == []


def test_what_is_no_alert(files: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "bad").write_text('{"rule": "R"}\nx\n')
    for name, message in (("bad", "bad:2: not an alert"), ("none", "none")):
        with pytest.raises(PysysdigError, match=message):
            differences(files[0], str(tmp_path / name))


def test_alerts_of_traces(root: Path) -> None:
    rules = list(load_rules([RuleText("r", SHADOWED.encode())]).rules)
    demo, other = (
        [(a.rule, a.fields) for a in raised(str(root / "captures" / name), rules, RuleConfig())]
        for name in ("demo.scap", "syscalls.scap")
    )
    assert compare(demo, demo) == [] and len(demo) == 8
    assert {only.side for only in compare(demo, other)} == {"A", "B"}
