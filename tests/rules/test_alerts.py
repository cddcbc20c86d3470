"""Alerts as text and JSON, the configuration behind them, the summary."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.make import AlertMaker, drop_alert
from pysysdig.errors import FormatError
from pysysdig.events.build import batch as make_batch
from pysysdig.events.build import event
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.rules.drops import Loss
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.output_format import OutputFormat
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
