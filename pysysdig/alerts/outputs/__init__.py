"""Where alerts can go. An output is one module here, with a class named `Output`, and one row of OUTPUTS."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """An output: the key of Falco's configuration is NAME_output; `default`: whether it is enabled if that says nothing;
    `network`: what it cannot deliver now is kept until it can."""

    name: str
    module: str
    default: bool = False
    network: bool = False


OUTPUTS = (
    Row("stdout", "pysysdig.alerts.outputs.stdout", default=True),
    Row("file", "pysysdig.alerts.outputs.file"),
    Row("syslog", "pysysdig.alerts.outputs.syslog"),
    Row("journald", "pysysdig.alerts.outputs.journald"),
    Row("program", "pysysdig.alerts.outputs.program"),
    Row("http", "pysysdig.alerts.outputs.http", network=True),
)


class Service(NamedTuple):
    """An output with the keys of falcosidekick's configuration, below `pysysdig.outputs`: its section, the module, and the key
    that switches it on."""

    section: str
    module: str
    key: str


SERVICES = (
    Service("alertmanager", "pysysdig.alerts.outputs.alertmanager", "hostport"),
    Service("apprise", "pysysdig.alerts.outputs.apprise", "urls"),
    Service("discord", "pysysdig.alerts.outputs.discord", "webhookurl"),
    Service("elasticsearch", "pysysdig.alerts.outputs.elasticsearch", "hostport"),
    Service("influxdb", "pysysdig.alerts.outputs.influxdb", "hostport"),
    Service("kafka", "pysysdig.alerts.outputs.kafka", "hostport"),
    Service("loki", "pysysdig.alerts.outputs.loki", "hostport"),
    Service("mattermost", "pysysdig.alerts.outputs.slack", "webhookurl"),
    Service("mqtt", "pysysdig.alerts.outputs.mqtt", "broker"),
    Service("nats", "pysysdig.alerts.outputs.nats", "hostport"),
    Service("opensearch", "pysysdig.alerts.outputs.elasticsearch", "hostport"),
    Service("otlp.logs", "pysysdig.alerts.outputs.otlp", "endpoint"),
    Service("pagerduty", "pysysdig.alerts.outputs.pagerduty", "routingkey"),
    Service("redis", "pysysdig.alerts.outputs.redis", "address"),
    Service("rocketchat", "pysysdig.alerts.outputs.slack", "webhookurl"),
    Service("slack", "pysysdig.alerts.outputs.slack", "webhookurl"),
    Service("smtp", "pysysdig.alerts.outputs.smtp", "hostport"),
    Service("teams", "pysysdig.alerts.outputs.teams", "webhookurl"),
    Service("webhook", "pysysdig.alerts.outputs.webhook", "address"),
)
MISSING = ("grpc",)  # Falco had it
