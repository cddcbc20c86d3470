"""The page of metrics, and those who read it."""

from __future__ import annotations

import json
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
from tests.service.services import Machine, Start, get, start

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


def test_the_kernels_counters(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.service.machine.counts_programs", lambda: True)

    def lines(*options: str) -> set[str]:
        service = start(*WEB, *options)
        service.live = Machine()
        found = [line.removeprefix("falcosecurity_scap_") for line in metrics.page(service).splitlines()]
        return {line for line in found if re.match(r"n_(evts|drops)_cpu_|s", line)}

    cpus = {
        f'n_{what}_cpu_total{{cpu="{n}"}} {v}'
        for what, seen in (("evts", (900, 107)), ("drops", (5, 2)))
        for n, v in enumerate(seen)
    }
    runs = {
        "sys_exit_run_cnt_total 1000", "sys_exit_run_time_nanoseconds_total 250900", "sys_exit_avg_time_nanoseconds 250",
        "sched_p_exec_run_cnt_total 0", "sched_p_exec_run_time_nanoseconds_total 0", "sched_p_exec_avg_time_nanoseconds 0",
    }  # fmt: skip
    assert lines() == cpus | runs
    assert lines("metrics.kernel_event_counters_per_cpu_enabled=false") == runs
    assert lines("metrics.kernel_event_counters_enabled=false", "metrics.libbpf_stats_enabled=false") == set()
    monkeypatch.setattr("pysysdig.service.machine.counts_programs", lambda: False)
    assert lines() == cpus


# what promtool has against names that are Falco's and falco-exporter's
_TOTAL, _UNIT = 'non-counter metrics should not have "_total" suffix', 'use base unit "seconds" instead of "nanoseconds"'
ODD = {
    'falco_events counter metrics should have "_total" suffix',
    *(f"falcosecurity_falco_{name}_timestamp_nanoseconds {_UNIT}" for name in ("host_boot", "reload", "start")),
    *(f"falcosecurity_falco_{name}_total {_TOTAL}" for name in ("host_num_cpus", "host_open_fds", "host_procs_running")),
    *(f"falcosecurity_scap_{name}_total {_TOTAL}" for name in ("n_fds", "n_threads")),
}


# and of BPF programs
ODD_RUNS = {
    f"falcosecurity_scap_{program}_{name} {_UNIT}"
    for program in Machine.program_runs
    for name in ("run_time_nanoseconds_total", "avg_time_nanoseconds")
}


@pytest.mark.parametrize("live", [True, False])
def test_promtool_finds_only_falcos_own_names_odd(start: Start, live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything that there may be on the page."""
    monkeypatch.setattr("pysysdig.service.machine.counts_programs", lambda: True)
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    more = ["metrics.alert_labels[]=k8s.ns.name", "http_output.enabled=true", "http_output.url=http://127.0.0.1:1/"]
    service = start(*WEB, *more, "pysysdig.receiver.enabled=true", "pysysdig.receiver.listen_port=0")
    service.opened(Machine() if live else None, "x")
    service.send([Alert(10**18, 4, 'Read "x"\\\n', "syscall", ("T1555", "a b", "ä"), "b\too\x7f", "t", FIELDS)] * 3)
    page = metrics.page(service)
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False)
    assert set(done.stderr.splitlines()) == (ODD | ODD_RUNS if live else ODD)
    plain = "".join(part for part in re.split("(?m)^(?=# HELP )", page) if part.split()[2:3] != [] and not odd(part))
    assert "pysysdig_output_sent_total" in plain
    done = subprocess.run([promtool, "check", "metrics"], input=plain, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def odd(family: str) -> bool:
    return any(line.split()[0] == family.split()[2] for line in ODD | ODD_RUNS)


@pytest.fixture
def prometheus(service: Service, tmp_path: Path) -> Iterator[int]:
    """A real one that scrapes the service; its port."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed")
    service.opened(Machine(), "")
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


# what the panels and variables of two dashboards ask for, with what Grafana puts in place of its variables: falco-exporter's
# (grafana.com 11914), and that of Falco's chart (uid ddwe2ug4nfi0wb), whose `falcosecurity_falco_n_evts_total` Falco has not
POD, SOURCES = 'pod=~"127.*"', 'source=~"syscall|k8s_audit", priority=~".*", pod=~".*"'
_MATCHES = "falcosecurity_falco_rules_matches_total"
QUERIES = (
    "falco_events", "rate(falco_events[5m])",
    *(f"sum by({name}) (increase({_MATCHES}{{{SOURCES}}}[15s]))" for name in ("priority", "rule_name", "source")),
    *(f"sum by(pod) (increase(falcosecurity_{name}_total{{{POD}}}[15s]))" for name in (
        "falco_outputs_queue_num_drops", "scap_n_drops", "scap_n_drops_cpu", "scap_n_drops_full_threadtable",
        "scap_n_drops_scratch_map", "scap_n_evts",
    )),
    *(
        f'sum by(pod) (increase(falcosecurity_scap_n_drops_buffer_total{{{POD}, dir="{way}", drop="{kind}"}}[15s]))'
        for way in ("enter", "exit")
        for kind in ("clone_fork", "connect", "dir_file", "execve", "open", "other_interest")
    ),
    *(f"avg by(pod, raw_name) (falcosecurity_falco_memory_{kind}_bytes{{{POD}}})" for kind in ("rss", "vsz")),
    "avg by(pod, raw_name) (falcosecurity_falco_memory_vsz_bytes)",
    f"avg by(pod) (falcosecurity_falco_cpu_usage_ratio{{{POD}}})",
    f"count by(engine_name) (falcosecurity_scap_engine_name_info{{{POD}}})",
    f"count by(version) (falcosecurity_falco_version_info{{{POD}}})",
    # label_values(SERIES, LABEL) asks for the values of a label
    *(f'count by({label}) ({series}{{namespace=~".*", {label}!=""}})' for label, series in (
        ("namespace", "falcosecurity_falco_cpu_usage_ratio"), ("pod", "falcosecurity_falco_cpu_usage_ratio"),
        ("source", _MATCHES), ("priority", _MATCHES),
    )),
)  # fmt: skip
OUR_BOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "pysysdig.json"


def expressions(board: object) -> Iterator[str]:
    """The queries of a dashboard."""
    for value in board.values() if isinstance(board, dict) else board if isinstance(board, list) else ():
        yield from expressions(value)
    if isinstance(board, dict) and isinstance(board.get("expr"), str):
        yield board["expr"]


def test_a_real_prometheus_answers_the_dashboards(prometheus: int) -> None:
    def answered(query: str) -> bool:
        try:
            status, _, body = get(prometheus, "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        except OSError:
            return False  # it is being started
        return status == 200 and '"result":[{' in body

    ours = [
        query.replace("$__rate_interval", "15s").replace("$instance", ".*")
        for query in expressions(json.loads(OUR_BOARD.read_text()))
    ]
    assert len(ours) > 5
    for query in (*QUERIES, *ours):
        until(lambda query=query: answered(query), query)  # type: ignore[misc]
