"""From matches of rules to alerts: texts, fields, what is appended, losses."""

from __future__ import annotations

import json

import pytest

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.make import drop_alert
from pysysdig.errors import FormatError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.drops import Loss
from pysysdig.rules.output_format import OutputFormat
from tests.alerts.made import TS, alert, as_json


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALCO_HOSTNAME", "box")


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
