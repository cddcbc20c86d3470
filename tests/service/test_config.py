"""Configurations of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import ConfigError, UsageError
from pysysdig.service.config import ServiceConfig, load
from pysysdig.service.log import DEBUG, INFO
from pysysdig.service.plugin_keys import plugins


def test_what_is_not_said() -> None:
    """The defaults are Falco's, except that the web server listens to this machine alone."""
    config = ServiceConfig({})
    assert (config.log_level, config.log_stderr, config.log_syslog, config.output_timeout) == (INFO, False, True, 2.0)
    assert not config.web.enabled and (config.web.address, config.web.port) == ("127.0.0.1", 8765)
    assert not config.metrics.enabled and config.spool.max_age == 7 * 86400


def test_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.yaml").write_text("log_level: debug\nstatic_fields: {site: x}\nodd: 1\n")
    monkeypatch.setenv("WHERE", "/alive")
    (tmp_path / "f.yaml").write_text(
        f"config_files: [{tmp_path}/more]\n"
        "webserver: {enabled: true, listen_address: '::', k8s_healthz_endpoint: '${WHERE}', listen_port: 99}\n"
        "metrics: {enabled: true, interval: 90s, output_rule: true}\npysysdig: {spool: {path: s, max_age: 1h}}\n"
        "libs_logger: {enabled: true}\nload_plugins: [container, okta]\n"
    )
    config = load(str(tmp_path / "f.yaml"), ["output_timeout=500"])
    assert (config.web.address, config.web.healthz, config.web.port, config.log_level, config.output_timeout) == (
        "::",
        "/alive",
        99,
        DEBUG,
        0.5,
    )
    assert config.metrics.interval == 90 and config.spool[:1] == ("s",) and config.spool.max_age == 3600
    assert config.files == [f"{tmp_path}/f.yaml", f"{tmp_path}/more/b.yaml"]
    assert not config.deviations[config.files[0]] and len(config.deviations[config.files[1]]) == 1
    assert config.unserved == ["libs_logger", "odd"] and plugins(config.tree) == ["okta"]
    assert config.rules.append_output[-1].formatted_fields == {"site": "x"}


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("a: [1\nb: 2\n", "2:", ""),
        ("x: 1\nlog_level: loud\n", "2:12", 'Unknown log level "loud"'),
        ("priority: loud\n", "1:11", 'Unknown priority "loud"'),
        ("rule_matching: most\n", "1:16", "Unknown rule matching strategy"),
        ("webserver: {listen_address: localhost}\n", "1:29", 'webserver listen address "localhost" is not a valid IP address'),
        ("webserver:\n  listen_port: 70000\n", "2:16", "there is no port 70000"),
        ("metrics:\n  enabled: true\n  interval: '5000'\n", "3:13", "Metrics interval was passed as numeric value"),
        ("metrics: {enabled: true, interval: 50ms, output_rule: true}\n", "1:36", "Metrics interval must have a minimum"),
        ("metrics: {enabled: true, interval: 1x, output_rule: true}\n", "1:36", "not a duration"),
        ("metrics: {enabled: true}\n", "1:20", "Metrics are enabled with no output"),
        ("output_timeout: soon\n", "1:17", "soon is not a number"),
        ("syscall_event_timeouts: {max_consecutives: 0}\n", "1:44", "must be an unsigned integer > 0"),
        ("syscall_event_drops: {threshold: 2}\n", "1:22", "range"),
        ("rules: [x]\n", "1:8", "each entry is enable or disable"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(tmp_path: Path, text: str, place: str, why: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(path))
    assert caught.value.message.startswith(f"{path}:{place}") and why in caught.value.message
    assert caught.value.render().splitlines()[-1].strip() == "^"


def test_the_file_that_said_it_last_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("priority: soft\n")
    (tmp_path / "f.yaml").write_text(f"priority: loud\nconfig_files: [{tmp_path}/b.yaml]\n")
    with pytest.raises(ConfigError, match="b.yaml:1:11"):
        load(str(tmp_path / "f.yaml"))
    with pytest.raises(UsageError, match="nowhere"):
        load(str(tmp_path / "f.yaml"), ["priority=nowhere"])
