"""What a falco.yaml says about the service."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from pysysdig.alerts.http import basic
from pysysdig.errors import ConfigError, UsageError
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import BadKey, Found, at, boolean, items, number, read, text
from pysysdig.rules.durations import seconds
from pysysdig.service import keys
from pysysdig.service.engine_keys import collector, engines
from pysysdig.service.fetch import FetchSettings
from pysysdig.service.folding import FoldingSettings
from pysysdig.service.log import INFO, LEVELS
from pysysdig.service.lookback import CaptureSettings
from pysysdig.service.minisign import public_key
from pysysdig.service.plugin_keys import CERTIFICATE, inputs
from pysysdig.service.rpc import RpcSettings

_INTERVAL_LEAST = 0.1  # seconds between metrics snapshots


class SpoolSettings(NamedTuple):
    """Where alerts wait that network outputs have not taken; path "": in memory."""

    path: str
    max_bytes: int
    max_age: float


class WebSettings(NamedTuple):
    """A web server; certificate "": plain HTTP. authorization: the header of that name without which nothing is taken; client_ca:
    PEM file of the authorities that clients have to have a certificate of; audit: where audit events are posted as to
    Falco <= 0.31; "" = none."""

    enabled: bool
    address: str
    port: int
    healthz: str
    certificate: str
    metrics: bool
    authorization: str = ""
    client_ca: str = ""
    audit: str = ""


class MetricsSettings(NamedTuple):
    """What is measured, and where it goes; interval in seconds."""

    enabled: bool
    interval: float
    shown: str
    rule: bool
    file: str
    rules: bool
    resources: bool
    state: bool
    kernel: bool
    per_cpu: bool
    programs: bool
    megabytes: bool
    empty: bool


class ServiceConfig:
    """A configuration, checked.

    rules            what it says about rules and the format of alerts
    files            the configuration files, in the order in which they were read
    deviations       what in each of them does not fit the schema
    unserved         keys without effect here
    output_timeout   seconds that an output may take for a call
    capacity         of queues, 0 = the default
    folding          which repeated alerts are held back
    blind            no events are looked at
    labels           fields of alerts that are labels of metrics
    inputs           events of other sources than the kernel
    rpc              Falco's old gRPC interface
    fetch            rules from a web server
    capture          traces that rules ask for
    user             whom the process becomes once it captures, "" = nobody else
    base_calls, repair   system calls that are recorded besides those of rules (capture.base_calls)
    engines          container engines that are asked
    collector        who is asked about pods, None = nobody
    timeouts         empty seconds on end (1 ms each in Falco) that raise an alert
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        """From a tree (config_tree.read). Raises UsageError; BadKey if it is about a key."""
        self.tree = tree
        self.rules = RuleConfig(tree)
        static = tree.get("static_fields")
        if isinstance(static, dict) and static:
            entry = AppendOutput()
            entry.formatted_fields = {name: text(value) for name, value in static.items()}
            self.rules.append_output.append(entry)
        self.files: list[str] = []
        self.deviations: dict[str, list[str]] = {}
        self.unserved = keys.unserved(tree)
        self.watch = boolean(tree, "watch_config_files", True)
        word = text(tree.get("log_level", "info"))
        if word.lower() not in LEVELS:
            raise BadKey("log_level", f'Unknown log level "{word}"; there are {", ".join(LEVELS)}')
        self.log_level = LEVELS.get(word.lower(), INFO)
        self.log_stderr = boolean(tree, "log_stderr", False)
        self.log_syslog = boolean(tree, "log_syslog", True)
        self.output_timeout = max(number(tree, "output_timeout", 2000) / 1000, 0.1)
        self.capacity = int(number(tree, "outputs_queue.capacity", 0))
        self.timeouts = int(number(tree, "syscall_event_timeouts.max_consecutives", 1000))
        if self.timeouts <= 0:
            raise BadKey(
                "syscall_event_timeouts.max_consecutives",
                "Error reading config file: the maximum consecutive timeouts without an event must be an unsigned integer > 0",
            )
        self.snaplen = int(number(tree, "falco_libs.snaplen", 0))
        self.base_calls = tuple(map(text, items(at(tree, "base_syscalls.custom_set"))))
        self.repair = boolean(tree, "base_syscalls.repair", False)
        self.engines = engines(tree)
        self.collector = collector(tree)
        self.spool = _spool(tree)
        window = text(at(tree, "pysysdig.folding.window")) or "0s"
        self.folding = FoldingSettings(
            seconds(window, "pysysdig.folding.window"), tuple(map(text, items(at(tree, "pysysdig.folding.fields"))))
        )
        self.blind = text(at(tree, "engine.kind")) == "nodriver"
        self.labels = tuple(map(text, items(at(tree, "metrics.alert_labels"))))
        self.rpc = _rpc(tree)
        self.fetch = _fetch(tree)
        if self.fetch.url:
            self.rules.rules_files.append(self.fetch.current)
        self.capture = _capture(tree)
        self.user = text(at(tree, "pysysdig.user"))
        endpoint = text(at(tree, "webserver.k8s_audit_endpoint"))
        self.web = _web(tree, "webserver", 8765)._replace(audit=f"/{endpoint.lstrip('/')}" if endpoint else "")
        self.inputs = inputs(tree)
        self.receiver = _receiver(tree)
        self.metrics = _metrics(tree)


def load(path: str, options: Sequence[str] = ()) -> ServiceConfig:
    """The configuration of a falco.yaml and what it includes, with `key=value` options over it.

    Raises UsageError; what can be found in a file is a ConfigError with its place.
    """
    found: list[Found] = []
    tree = read(path, options, found)
    try:
        config = ServiceConfig(tree)
    except BadKey as error:
        raise placed(error, found) or error from None
    config.files = [file.path for file in found]
    config.deviations = {file.path: [line for root in file.roots for line in keys.deviations(root)] for file in found}
    return config


def placed(error: BadKey, found: Sequence[Found]) -> ConfigError | None:
    """The error with the place of the value in the file that said it last; None: no file says it."""
    for file in reversed(found):
        for root in file.roots:
            node: Any = root
            last = None
            for name in error.key.split("."):
                last, node = node, node.get(name) if node is not None else None
            if node is not None and last is not None:
                place = file.document.place(node.index)
                where = f"{file.path}:{place.line + 1}:{place.column + 1}"
                return ConfigError(f"{where}: {error}", file.document.text, node.index)
    return None


def _spool(tree: dict[str, Any]) -> SpoolSettings:
    size = number(tree, "pysysdig.spool.max_size_mb", 256)
    age = text(at(tree, "pysysdig.spool.max_age")) or "7d"
    default = "/var/lib/pysysdig/spool.db" if os.geteuid() == 0 else ""
    path = at(tree, "pysysdig.spool.path")
    return SpoolSettings(default if path is None else text(path), int(size * (1 << 20)), seconds(age, "pysysdig.spool.max_age"))


def _rpc(tree: dict[str, Any]) -> RpcSettings:
    folder = "/etc/falco/certs"
    return RpcSettings(
        boolean(tree, "grpc.enabled", False) and boolean(tree, "grpc_output.enabled", True),
        text(at(tree, "grpc.bind_address")) or "unix:///run/falco/falco.sock",
        text(at(tree, "grpc.private_key")) or f"{folder}/server.key",
        text(at(tree, "grpc.cert_chain")) or f"{folder}/server.crt",
        text(at(tree, "grpc.root_certs")) or f"{folder}/ca.crt",
    )


def _fetch(tree: dict[str, Any]) -> FetchSettings:
    section = "pysysdig.rules"
    url, key = text(at(tree, f"{section}.url")), text(at(tree, f"{section}.public_key"))
    if url and not key and not boolean(tree, f"{section}.unsigned", False):
        raise BadKey(f"{section}.url", f"configuration: {section}.url needs a public_key (or unsigned: true)")
    return FetchSettings(
        url,
        public_key(key) if url and key else None,
        seconds(text(at(tree, f"{section}.interval")) or "1h", f"{section}.interval"),
        text(at(tree, f"{section}.folder")) or "/var/lib/pysysdig/rules",
        text(at(tree, f"{section}.ca_cert")),
        boolean(tree, f"{section}.plain_http", False),
        text(at(tree, f"{section}.user")),
        text(at(tree, f"{section}.password")),
    )


def _capture(tree: dict[str, Any]) -> CaptureSettings:
    mode = text(at(tree, "capture.mode")) or "rules"
    if mode not in ("rules", "all_rules"):
        raise BadKey("capture.mode", f"configuration key capture.mode: {mode} is neither rules nor all_rules")
    back = text(at(tree, "capture.lookback")) or "10s"
    return CaptureSettings(
        boolean(tree, "capture.enabled", False),
        text(at(tree, "capture.path_prefix")) or "/tmp/falco",
        mode == "all_rules",
        number(tree, "capture.default_duration", 5000) / 1000,
        seconds(back, "capture.lookback"),
        int(number(tree, "capture.max_file_size_mb", 0) * (1 << 20)),
        int(number(tree, "capture.max_files", 50)),
    )


def _web(tree: dict[str, Any], key: str, port: int) -> WebSettings:
    """key: of the section; port: unless another one is said."""
    address = text(at(tree, f"{key}.listen_address")) or "127.0.0.1"
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise BadKey(f"{key}.listen_address", f'webserver listen address "{address}" is not a valid IP address') from None
    given = number(tree, f"{key}.listen_port", port)
    if not 0 <= given < 65536:
        raise BadKey(f"{key}.listen_port", f"there is no port {given:.0f}")
    healthz = text(at(tree, f"{key}.k8s_healthz_endpoint")) or "/healthz"
    certificate = text(at(tree, f"{key}.ssl_certificate")) or CERTIFICATE
    return WebSettings(
        boolean(tree, f"{key}.enabled", False),
        address,
        int(given),
        healthz if healthz.startswith("/") else "/" + healthz,
        certificate if boolean(tree, f"{key}.ssl_enabled", False) else "",
        boolean(tree, f"{key}.prometheus_metrics_enabled", False),
    )


def _receiver(tree: dict[str, Any]) -> WebSettings:
    key = "pysysdig.receiver"
    settings = _web(tree, key, 2801)
    user, password, client_ca = (text(at(tree, f"{key}.{name}")) for name in ("user", "password", "client_ca"))
    if bool(user) != bool(password):
        raise BadKey(f"{key}.user", f"configuration: {key}: user and password go together")
    if client_ca and not settings.certificate:
        raise BadKey(f"{key}.client_ca", f"configuration: {key}.client_ca needs ssl_enabled")
    return settings._replace(authorization=basic(user, password) if user else "", client_ca=client_ca)


def _metrics(tree: dict[str, Any]) -> MetricsSettings:
    enabled = boolean(tree, "metrics.enabled", False)
    shown = text(at(tree, "metrics.interval")) or "1h"
    rule, file = boolean(tree, "metrics.output_rule", False), text(at(tree, "metrics.output_file"))
    interval = 3600.0
    if enabled:
        if shown.isdigit():
            raise BadKey(
                "metrics.interval",
                "Metrics interval was passed as numeric value without Prometheus time unit. Please specify a time unit",
            )
        try:
            interval = seconds(shown, "metrics.interval")
        except UsageError as error:
            raise BadKey("metrics.interval", str(error)) from None
        if interval < _INTERVAL_LEAST:
            raise BadKey(
                "metrics.interval", "Metrics interval must have a minimum value of 100ms and reflect a Prometheus duration"
            )
        if not (rule or file or boolean(tree, "webserver.prometheus_metrics_enabled", False)):
            raise BadKey(
                "metrics.enabled", "Metrics are enabled with no output configured. Please enable at least one output channel"
            )
    return MetricsSettings(
        enabled,
        interval,
        shown,
        rule,
        file,
        rules=boolean(tree, "metrics.rules_counters_enabled", True),
        resources=boolean(tree, "metrics.resource_utilization_enabled", True),
        state=boolean(tree, "metrics.state_counters_enabled", True),
        kernel=boolean(tree, "metrics.kernel_event_counters_enabled", True),
        per_cpu=boolean(tree, "metrics.kernel_event_counters_per_cpu_enabled", True),
        programs=boolean(tree, "metrics.libbpf_stats_enabled", True),
        megabytes=boolean(tree, "metrics.convert_memory_to_mb", True),
        empty=boolean(tree, "metrics.include_empty_values", False),
    )
