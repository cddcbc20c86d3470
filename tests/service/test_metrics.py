"""The page of metrics, and those who read it."""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.service import metrics
from pysysdig.service.daemon import Service
from tests.service.peers import free_port, until
from tests.service.services import Start, get, start

__all__ = ["start"]
FIELDS = {"k8s.ns.name": "shop", "k8s.pod.name": 'web"1'}
WEB = ["webserver.enabled=true", "webserver.listen_port=0", "metrics.enabled=true", "webserver.prometheus_metrics_enabled=true"]


@pytest.fixture
def service(start: Start) -> Service:
    service = start(*WEB)
    service.meters.seen(1000, 7, 10**18)
    service.send([Alert(10**18, 4, 'Read "x"\\', "syscall", ("T1555", "a b"), "box", "t", FIELDS)] * 3)
    return service


def test_falcos_names_and_labels(service: Service) -> None:
    lines = metrics.page(service).splitlines()
    for line in (
        'falcosecurity_falco_version_info{version="0.45.0"} 1',
        f'falcosecurity_falco_sha256_rules_files_info{{file_name="r.yaml",sha256="{service.state.rule_files[0].sha256}"}} 1',
        'falcosecurity_falco_rules_matches_total{priority="4",rule_name="Read \\"x\\"\\\\",source="syscall",tag_T1555="true",'
        'tag_a_b="true"} 3',
        'falco_events{hostname="box",k8s_ns_name="shop",k8s_pod_name="web\\"1",priority="4",rule="Read \\"x\\"\\\\",'
        'source="syscall",tags=",T1555,a b,"} 3',
        "falcosecurity_scap_n_evts_total 1000",
        "falcosecurity_scap_n_drops_total 7",
        'falcosecurity_scap_n_drops_buffer_total{dir="enter",drop="open"} 0',
        "falcosecurity_falco_outputs_queue_num_drops_total 0",
    ):
        assert line in lines
    assert any(re.fullmatch(r"falcosecurity_falco_cpu_usage_ratio \d+\.\d{6}", line) for line in lines)
    assert any(re.fullmatch(r"falcosecurity_falco_memory_rss_bytes \d+\.000000", line) for line in lines)


def test_fields_of_alerts_as_labels(start: Start) -> None:
    service = start(*WEB, "metrics.alert_labels[0]=k8s.ns.name")
    service.send([Alert(10**18, 4, "R", "syscall", (), "box", "t", FIELDS)])
    want = 'falcosecurity_falco_rules_matches_total{k8s_ns_name="shop",priority="4",rule_name="R",source="syscall"} 1'
    assert want in metrics.page(service).splitlines()


@pytest.mark.parametrize("key", ["rules_counters", "resource_utilization", "state_counters", "kernel_event_counters"])
def test_what_can_be_switched_off(start: Start, key: str) -> None:
    names = [
        {re.split("[ {]", line)[0] for line in metrics.page(start(*WEB, f"metrics.{key}_enabled={on}")).splitlines()}
        for on in ("true", "false")
    ]
    assert key == "rules_counters" or names[0] > names[1]


def test_promtool_finds_only_falcos_own_names_odd(service: Service) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=metrics.page(service), capture_output=True, text=True, timeout=60, check=False
    )
    odd = [line for line in done.stderr.splitlines() if not re.match("falcosecurity_|falco_events ", line)]
    assert not odd and "error while linting" not in done.stderr


@pytest.fixture
def prometheus(service: Service, tmp_path: Path) -> Iterator[int]:
    """A real one that scrapes the service; its port."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed")
    assert service.servers.web is not None
    (tmp_path / "p.yml").write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: falco\n  static_configs: "
        f"[{{targets: ['127.0.0.1:{service.servers.web.port}'], labels: {{namespace: host}}}}]\n"
        "  relabel_configs: [{source_labels: [__address__], regex: '([^:]+).*', target_label: pod}]\n"
    )
    port = free_port()
    words = [
        f"--config.file={tmp_path}/p.yml", f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address=127.0.0.1:{port}"
    ]  # fmt: skip
    with (tmp_path / "p.log").open("wb") as log, subprocess.Popen([program, *words], stdout=log, stderr=log) as running:
        try:
            yield port
        finally:
            running.terminate()


# what the panels of Falco's and falco-exporter's dashboards ask for
QUERIES = (
    "falco_events", "rate(falco_events[5m]) >= 0", 'count by(version) (falcosecurity_falco_version_info{pod=~".*"})',
    'count by(engine_name) (falcosecurity_scap_engine_name_info{pod=~".*"})',
    'sum by(rule_name) (increase(falcosecurity_falco_rules_matches_total{source=~".*", priority=~".*", pod=~".*"}[5m]))',
    "increase(falcosecurity_scap_n_evts_total[5m])", "falcosecurity_falco_memory_rss_bytes", "falcosecurity_scap_n_drops_total",
    "falcosecurity_falco_memory_vsz_bytes", "falcosecurity_falco_cpu_usage_ratio",
    "falcosecurity_falco_outputs_queue_num_drops_total",
    'falcosecurity_scap_n_drops_buffer_total{dir="exit", drop="open"}', 'falcosecurity_scap_n_drops_buffer_total{dir="enter"}',
    "falcosecurity_scap_n_drops_full_threadtable_total",
)  # fmt: skip


def test_a_real_prometheus_answers_the_dashboards(prometheus: int) -> None:
    def answered(query: str) -> bool:
        try:
            status, _, body = get(prometheus, "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        except OSError:
            return False  # it is being started
        return status == 200 and '"result":[{' in body

    for query in QUERIES:
        until(lambda query=query: answered(query), query)  # type: ignore[misc]
