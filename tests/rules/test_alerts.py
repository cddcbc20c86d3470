"""Alerts as text and JSON, the configuration behind them, the summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.make import AlertMaker, drop_alert
from pysysdig.errors import FormatError, UsageError
from pysysdig.events.build import batch as make_batch
from pysysdig.events.build import event
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.rules.drops import DropPolicy, Loss
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.summary import Counts
from pysysdig.state.build import process, snapshot
from pysysdig.state.view import EventView

TS = 1_700_000_000_123_456_789


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALCO_HOSTNAME", "box")


def view(path: str = "/etc/passwd") -> EventView:
    from pysysdig.state.inspector import Inspector

    opened = event("SYSCALL_OPENAT_2_X", TS, 42, [3, -100, path, 1, 0, 0, 0])
    return Inspector(snapshot(process(42, "cat")), "current", 2).process(make_batch([opened]))


def alert(output: str, *options: str, tags: tuple[str, ...] = (), path: str = "/etc/passwd", name: str = "R") -> str:
    rule = Rule(name, "", output, "", PRIORITIES.index("Warning"), None, None, None)  # type: ignore[arg-type]
    rule.tags = list(tags)
    config = RuleConfig(read("", options))
    alerts = AlertMaker([rule], config).make(view(path), np.array([0]), np.array([0]))
    return "".join(AlertFormat(config).lines(alerts)).encode("latin-1").decode()


def as_json(output: str, *options: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(alert(output, "json_output=true", *options, **more))
    return found


def test_text() -> None:
    line = alert("opened %fd.name by %5proc.name| %proc.aname[3]")
    assert line.endswith(".123456789: Warning opened /etc/passwd by cat  | <NA>\n")


def test_iso_time() -> None:
    assert alert("x", "time_format_iso_8601=true") == "2023-11-14T22:13:20.123456789+0000: Warning x\n"


def test_text_is_escaped() -> None:
    assert alert('a"b\\c\n\x01', path="/x").endswith(' Warning a\\"b\\\\c\\n\\u0001\n')
    assert "\ufffd" in alert("%fd.name", path="/\xff")


def test_json() -> None:
    found = as_json("o %fd.name %fd.num %proc.aname[2] %evt.is_open_read", tags=("b", "c"))
    assert list(found) == ["hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time"]
    assert found["hostname"] == "box"
    assert found["output"].endswith(": Warning o /etc/passwd 3 <NA> true")
    assert found["output_fields"] == {
        "evt.time": TS,
        "fd.name": "/etc/passwd",
        "fd.num": 3,
        "proc.aname[2]": None,
        "evt.is_open_read": True,
    }
    assert list(found["output_fields"]) == sorted(found["output_fields"])
    assert (found["priority"], found["rule"], found["source"], found["tags"]) == ("Warning", "R", "syscall", ["b", "c"])
    assert found["time"] == "2023-11-14T22:13:20.123456789Z"


def test_json_parts() -> None:
    found = as_json(
        "o %fd.num",
        "json_include_output_property=false",
        "json_include_message_property=yes",
        "json_include_tags_property=false",
        "json_include_output_fields_property=no",
    )
    assert list(found) == ["hostname", "message", "priority", "rule", "source", "time"]
    assert found["message"] == "o 3"


def test_transformers_print_but_are_no_fields() -> None:
    found = as_json("%toupper(proc.name) %len(fd.name) %basename(fd.name)")
    assert found["output"].endswith(" CAT 11 passwd")
    assert found["output_fields"] == {"evt.time": TS, "proc.name": "cat", "fd.name": "/etc/passwd"}


def test_any_language() -> None:
    found = as_json("打开 %fd.name", path="/文".encode().decode("latin-1"), name="规则", tags=("标签",))
    assert found["output"].endswith("打开 /文")
    assert (found["rule"], found["tags"], found["output_fields"]["fd.name"]) == ("规则", ["标签"], "/文")


def test_append_output() -> None:
    options = (
        "append_output[0].extra_output=pid=%proc.pid",
        "append_output[0].match.rule=R",
        "append_output[1].extra_output=never",
        "append_output[1].match.tags[0]=other",
        "append_output[].extra_fields[0]=fd.num",
        'append_output[2].extra_fields[1]={"who": "%proc.name!"}',
    )
    found = as_json("x", *options)
    assert found["output"].endswith(": Warning x pid=42")
    assert found["output_fields"] == {"evt.time": TS, "proc.pid": 42, "fd.num": 3, "who": "cat!"}
    assert "container_id=host container_name=host container_image_repository= " in alert(
        "x", "append_output[].suggested_output=true"
    )


def test_container_info_is_gone() -> None:
    assert alert("a %container.info b").endswith(" Warning a  b\n")
    assert alert("%container.info").endswith(" Warning \n")


def test_fields_for_filters_only() -> None:
    """As the current libraries do: those that stand for several values show none."""
    found = as_json("%fd.ip %fd.port %fd.net %fd.proto %evt.around[5] %5fd.ip| %fd.cnet %fd.name")
    assert found["output"].endswith(" <NA> <NA> <NA> <NA> <NA> <NA> | <NA> /etc/passwd")
    assert found["output_fields"]["fd.ip"] is None
    assert found["output_fields"]["evt.around[5]"] is None


@pytest.mark.parametrize("output", ["%", "%12", "%no.such", "%toupper(no.such)", "%toupper(", "%99999999fd.num"])
def test_bad_outputs(output: str) -> None:
    with pytest.raises(FormatError):
        OutputFormat(output)


def test_drop_alert() -> None:
    loss = Loss(TS, 100, 5)
    assert (
        AlertFormat(RuleConfig())
        .lines([drop_alert(loss)])[0]
        .endswith(
            ": Debug Falco internal: syscall event drop. 5 system calls dropped in last second. "
            '(ebpf_enabled="1" n_drops="5" n_drops_buffer_total="5" n_evts="100")\n'
        )
    )
    found = json.loads(AlertFormat(RuleConfig({"json_output": "true"})).lines([drop_alert(loss)])[0])
    assert (found["source"], found["rule"], found["time"]) == (
        "internal",
        "Falco internal: syscall event drop",
        "2023-11-14T22:13:20.123456789Z",
    )
    assert (found["output_fields"]["n_drops"], found["output_fields"]["n_evts"]) == ("5", "100")


def test_summary() -> None:
    rules = [
        Rule(name, "", "", "", PRIORITIES.index(priority), None, None, None)  # type: ignore[arg-type]
        for name, priority in (("R1", "Informational"), ("R2", "Debug"), ("R3", "Error"))
    ]
    counts = Counts(rules)
    counts.add([0, 1, 0])
    assert counts.render() == (
        "Events detected: 3\nRule counts by severity:\n   INFO: 2\n   DEBUG: 1\n"
        "Triggered rules by rule name:\n   R1: 2\n   R2: 1\n"
    )


def test_options_of_rules() -> None:
    config = RuleConfig(read("", ["rules[].disable.rule=R*", "rules[1].enable.tag=x", "priority=ERROR", "rule_matching=all"]))
    assert [(s.enable, s.rule, s.tag) for s in config.rules] == [(False, "R*", ""), (True, "", "x")]
    assert (config.priority, config.rule_matching) == (3, "all")


def test_policy_about_lost_events() -> None:
    assert RuleConfig().syscall_event_drops == DropPolicy(0, frozenset({"alert"}), 1, 1)
    config = RuleConfig(read("", ["syscall_event_drops.actions[0]=log", "syscall_event_drops.actions[1]=exit"]))
    assert config.syscall_event_drops == DropPolicy(0.1, frozenset({"log", "exit"}), 0.03333, 1)
    config = RuleConfig(read("", ['syscall_event_drops={"threshold": 0.5, "rate": 2, "max_burst": 3, "simulate_drops": true}']))
    assert config.syscall_event_drops == DropPolicy(0.5, frozenset(), 2, 3, True)


def test_rule_files_of_the_configuration_may_be_missing(tmp_path: Path) -> None:
    there = tmp_path / "a.yaml"
    there.touch()
    config = RuleConfig(read("", [f"rules_files[0]={there}", "rules_files[1]=/no/such.yaml"]))
    assert config.rule_paths([]) == [str(there)]
    assert config.rule_paths(["/no/other.yaml"]) == ["/no/other.yaml"]
    for nothing in (RuleConfig(), RuleConfig(read("", ["rules_file=/no/such.yaml"]))):
        with pytest.raises(UsageError, match="no rules"):
            nothing.rule_paths([])
    there.unlink()
    with pytest.raises(UsageError, match="no rules: no .yaml or .yml files"):
        config.rule_paths([str(tmp_path)])


def test_engine_of_the_configuration() -> None:
    capture = "engine.replay.capture_file=x.scap"
    assert RuleConfig(read("", [capture])).capture_file == "x.scap"
    assert RuleConfig(read("", ["engine.kind=replay", capture])).capture_file == "x.scap"
    assert RuleConfig(read("", ["engine.kind=modern_ebpf", capture])).capture_file == ""


def test_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEVEL", "notice")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yaml").write_text("rules_files: [b.yaml]\njson_output: true\n")
    main = tmp_path / "falco.yaml"
    main.write_text(
        f"config_files: [{tmp_path}/more, {tmp_path}/missing]\nrules_files: [a.yaml]\npriority: ${{LEVEL}}\n"
        "engine: {kind: replay, replay: {capture_file: x.scap}}\nunknown: {a: [1, 2]}\n"
        "append_output:\n  - suggested_output: true\n    match: {source: syscall}\n"
    )
    config = RuleConfig(read(str(main), ["json_output=false"]))
    assert config.rules_files == ["a.yaml", "b.yaml"]
    assert (config.priority, config.json_output, config.capture_file) == (5, False, "x.scap")
    assert config.append_output[0].suggested_output


@pytest.mark.parametrize(
    "option",
    ["nothing", "=x", "a..b=1", "a[x]=1", "a[1=1", "a[99999999]=1", "priority=urgent", "rule_matching=some", "rules[0].enable=x",
     "rules[]=x", "append_output[]=x", "a\\=1", "a[0]b=1", "x={a: [}", "engine.kind=replay",
     "syscall_event_drops.threshold=1.1", "syscall_event_drops.threshold=-1",
     "syscall_event_drops.rate=x", "syscall_event_drops.actions[0]=shout", 'syscall_event_drops={actions: [ignore, log]}',
     "{rules_file: a, rules_files: [b]}"],
)  # fmt: skip
def test_bad_options(option: str) -> None:
    with pytest.raises(UsageError):
        RuleConfig(read("", [option]))


def test_unreadable_configuration(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read(str(tmp_path / "none.yaml"))
    bad = tmp_path / "bad.yaml"
    for text in ("- a\n", "a: [\n", "a: &x [*x]\n"):
        bad.write_text(text)
        with pytest.raises(UsageError):
            read(str(bad))
