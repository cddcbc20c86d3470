"""Events of a trace as a synthetic test."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.replay import replay
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import FD
from pysysdig.workbench.extract import Scene, wanted_numbers
from pysysdig.workbench.extract_yaml import test_file as written
from pysysdig.workbench.model import Raised
from pysysdig.workbench.play import play
from pysysdig.workbench.session import Chosen

RULES = """
- rule: {name}
  desc: d
  condition: evt.type={name} and evt.dir=<
  output: "{fields}"
  priority: INFO
"""
# of events of each kind, what of them is the same in the trace and in the test
FIELDS = {
    "openat": "%proc.name %proc.exepath %proc.pname %fd.name %evt.arg.flags %user.name %evt.res",
    "execve": "%proc.name %proc.args %proc.exe %proc.exepath %proc.pname %proc.cwd %evt.res %evt.arg.filename",
    "read": "%proc.name %fd.num %evt.res",
    "close": "%proc.name %fd.num %evt.res",
    "connect": "%proc.name %fd.name %fd.l4proto %evt.res",
    "sendto": "%proc.name %fd.sport %evt.res",
    "unlink": "%proc.name %evt.arg.path %evt.res",
    "kill": "%proc.name %evt.arg.sig",
}


@pytest.mark.parametrize("capture", ["demo", "udp", "syscalls", "exit_only_udp"])
def test_the_test_shows_what_the_trace_shows(root: Path, tmp_path: Path, capture: str) -> None:
    text = "".join(RULES.format(name=name, fields=fields) for name, fields in FIELDS.items())
    (tmp_path / "rules.yaml").write_text(text)
    path = root / "captures" / f"{capture}.scap"
    (tmp_path / "trace_test.yaml").write_text(
        f"version: 1\nrules: [rules.yaml]\ntests: [{{name: t, trace: {path}, others: any, expect: []}}]\n"
    )
    some = Chosen((str(tmp_path / "trace_test.yaml"),))
    raised = play(some.cases(some.suites())[0]).raised
    chosen: dict[str, Raised] = {}
    for alert in raised:
        chosen.setdefault(alert.rule, alert)
    assert len(chosen) > 2
    wanted = {alert.event: alert.text for alert in chosen.values()}
    made = {}
    with open_any(str(path)) as opened:
        for view, sel in replay(converted(opened.sections()), level=FD):
            for position, number in zip(sel.tolist(), view.batch.num_of(sel).tolist()):
                if number in wanted:
                    scene = Scene()
                    scene.take(view, position)
                    file = written(scene, ["rules.yaml"], "made", {}, ["a remark"])
                    assert "ENETDOWN" not in file  # the number of the current directory
                    (tmp_path / "made_test.yaml").write_text(file)
                    some = Chosen((str(tmp_path / "made_test.yaml"),))
                    alerts = play(some.cases(some.suites())[0]).raised
                    made.update({int(alert.id[1:]): alert.text for alert in alerts if alert.id})
    assert made == wanted


@pytest.mark.parametrize(("text", "numbers"), [("3", [3]), ("9,3", [3, 9]), ("3-5,7", [3, 4, 5, 7])])
def test_numbers(text: str, numbers: list[int]) -> None:
    assert wanted_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "x", "5-3", "1-99999999", "1,,2"])
def test_no_numbers(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        wanted_numbers(text)
