"""Outputs with falcosidekick's configuration keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pysysdig.alerts.outputs import SERVICES, Service
from pysysdig.errors import UsageError
from pysysdig.service.config import ServiceConfig
from pysysdig.service.fanout import planned, sidekick
from pysysdig.service.plan import Planned
from tests.alerts.outputs.sending import ALERT
from tests.service.peers import web_peer

# what it takes for each to be made
ENOUGH: dict[str, dict[str, Any]] = {
    "kafka": {"topic": "t"}, "smtp": {"from": "a@x", "to": "b@x"}, "apprise": {"urls": ["json://x"]},
}  # fmt: skip


def plans(outputs: dict[str, Any], **more: Any) -> list[Planned]:
    tree = yaml.load(yaml.safe_dump({"pysysdig": {"outputs": outputs, **more}}), yaml.BaseLoader)
    return planned(ServiceConfig(tree))


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.section)
def test_each_is_there(service: Service) -> None:
    if service.section in ("kafka", "apprise"):
        pytest.importorskip({"kafka": "confluent_kafka"}.get(service.section, service.section))
    address = "host:1" if service.section in ("redis", "smtp", "nats", "mqtt", "kafka") else "http://host:1"
    section = {service.key: address, **ENOUGH.get(service.section, {})}
    outputs: dict[str, Any] = {service.section: section}
    if "." in service.section:
        first, second = service.section.split(".")
        outputs = {first: {second: section}}
    (plan,) = plans(outputs)
    assert plan.network and plan.accepts is None
    output = plan.make()
    assert output.reads_fields
    output.close()
    assert plans({service.section.partition(".")[0]: {"minimumpriority": "debug"}}) == []  # without an address it is off


def test_several_of_a_kind_and_who_gets_what() -> None:
    sections = [{"webhookurl": "http://a", "minimumpriority": "critical"}, {"webhookURL": "http://b", "name": "team"}, {}]
    one, two = plans({"slack": sections, "webhook": {"address": ""}})
    assert (one.name, two.name) == ("slack", "team") and two.accepts is None
    assert one.accepts is not None and not one.accepts(ALERT)
    with pytest.raises(UsageError, match="two outputs are called slack"):
        plans({"slack": sections[:1], "webhook": {"address": "http://a", "name": "slack"}})


def test_what_there_is_not() -> None:
    with pytest.raises(UsageError, match=r"pysysdig\.outputs\.slak: there is no such output; there are alertmanager, "):
        plans({"slak": {}})


def test_falcosidekicks_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_peer() as peer:
        (tmp_path / "config.yaml").write_text(
            f"listenport: 2801\ncustomfields: {{Site: b}}\nslack: {{webhookurl: ''}}\nWebhook: {{address: '{peer.url}'}}\n"
        )
        monkeypatch.setenv("WEBHOOK_METHOD", "PUT")
        monkeypatch.setenv("SLACK_WEBHOOKURL", "http://slack")
        monkeypatch.setenv("OTLP_LOGS_ENDPOINT", "http://otlp")
        monkeypatch.setenv("CUSTOMTAGS", "x,y")
        found = plans({}, sidekick=str(tmp_path / "config.yaml"))
        assert [plan.name for plan in found] == ["otlp_logs", "slack", "webhook"]
        found[-1].make().send([ALERT], [""])
    assert peer.requests[0].method == "PUT"
    sent = json.loads(peer.bodies[0])
    assert sent["tags"] == ["a", "b", "x", "y"] and sent["output_fields"]["Site"] == "b"
    assert [plan.name for plan in plans({}, sidekick="environment")] == ["otlp_logs", "slack"]
    assert sidekick("") == {}
