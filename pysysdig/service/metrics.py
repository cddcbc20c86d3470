"""The page /metrics: Falco's metrics, falco-exporter's `falco_events`, and ours (`pysysdig_...`)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pysysdig.alerts.model import host_name
from pysysdig.service import machine
from pysysdig.service.exposition import COUNTER, GAUGE, Page, label_name, metric_name
from pysysdig.service.meters import BOUNDS, RuleKey
from pysysdig.service.versions import FALCO

if TYPE_CHECKING:
    from pysysdig.service.config import MetricsSettings
    from pysysdig.service.daemon import Service

_HELP = "https://falco.org/docs/metrics/"
_FALCO, _SCAP, _EVT = "falcosecurity_falco_", "falcosecurity_scap_", "falcosecurity_evt_"
# where Falco's probe counts what it loses; ours counts all of it in one number, which stands under other_interest
_BUFFERS = ("clone_fork", "execve", "connect", "open", "dir_file", "other_interest", "close", "proc")
_ENTER = _BUFFERS[:6]
LIVE_ENGINE, FILE_ENGINE, SOURCE_ENGINE = "modern_bpf", "nodriver", "source_plugin"


def page(service: Service) -> str:
    """All metrics of a service now."""
    out = Page()
    settings = service.state.config.metrics
    _about(out, service)
    if settings.rules:
        _rules(out, service)
    _scap(out, service, settings)
    _falco(out, service, settings)
    _events(out, service)
    _ours(out, service)
    return out.text()


def _about(out: Page, service: Service) -> None:
    out.add(_FALCO + "version_info", GAUGE, _HELP, 1, {"version": FALCO})
    for kind, files in (("rules", service.state.rule_files), ("config", service.state.config_files)):
        for file in {os.path.basename(f.path): f for f in files}.items():
            labels = {"file_name": file[0], "sha256": file[1].sha256}
            out.add(f"{_FALCO}sha256_{kind}_files_info", GAUGE, _HELP, 1, labels)


def _labels(key: RuleKey) -> dict[str, str]:
    return {
        "priority": str(key.priority),
        "rule_name": key.name,
        "source": key.source,
        **{label_name(f"tag_{tag}"): "true" for tag in key.tags},
        **{label_name(name): value for name, value in key.more},
    }


def _rules(out: Page, service: Service) -> None:
    for key, count in list(service.meters.rules.items()):
        out.add(_FALCO + "rules_matches_total", COUNTER, _HELP, count, _labels(key))


def _scap(out: Page, service: Service, settings: MetricsSettings) -> None:
    meters = service.meters
    engine = {"engine_name": LIVE_ENGINE if service.live is not None else FILE_ENGINE, "evt_source": "syscall"}
    out.add(_SCAP + "engine_name_info", GAUGE, _HELP, 1, engine)
    for name in service.intake.names:
        out.add(_SCAP + "engine_name_info", GAUGE, _HELP, 1, {"engine_name": SOURCE_ENGINE, "evt_source": name})
    if settings.kernel:
        out.add(_SCAP + "n_evts_total", COUNTER, _HELP, meters.events)
        out.add(_SCAP + "n_drops_total", COUNTER, _HELP, meters.lost)
        for name in _BUFFERS:
            lost = meters.lost if name == "other_interest" else 0
            out.add(_SCAP + "n_drops_buffer_total", COUNTER, _HELP, lost, {"dir": "exit", "drop": name})
        for name in _ENTER:
            out.add(_SCAP + "n_drops_buffer_total", COUNTER, _HELP, 0, {"dir": "enter", "drop": name})
        out.add(_SCAP + "n_drops_scratch_map_total", COUNTER, _HELP, 0)  # as above
    for name, numbers in by_cpu(service).items():
        for cpu, number in enumerate(numbers):
            out.add(f"{_SCAP}{name}_total", COUNTER, _HELP, number, {"cpu": str(cpu)})
    for name, (count, nanoseconds) in programs(service).items():
        prefix = metric_name(f"{_SCAP}{name}_")
        out.add(prefix + "run_cnt_total", COUNTER, _HELP, count)
        out.add(prefix + "run_time_nanoseconds_total", COUNTER, _HELP, nanoseconds)
        out.add(prefix + "avg_time_nanoseconds", GAUGE, _HELP, nanoseconds // count if count else 0)
    if settings.state:
        out.add(_SCAP + "n_threads_total", GAUGE, _HELP, meters.threads)
        out.add(_SCAP + "n_fds_total", GAUGE, _HELP, meters.fds)
        out.add(_SCAP + "n_drops_full_threadtable_total", COUNTER, _HELP, 0)  # it has no limit
    out.add(_FALCO + "kernel_release_info", GAUGE, _HELP, 1, {"kernel_release": machine.kernel_release()})
    out.add(_EVT + "hostname_info", GAUGE, _HELP, 1, {"hostname": host_name()})


def by_cpu(service: Service) -> dict[str, list[int]]:
    """Falco's counters of the kernel's events on each CPU, if they are wanted."""
    settings, live = service.state.config.metrics, service.live
    if live is None or not (settings.kernel and settings.per_cpu):
        return {}
    return {"n_evts_cpu": live.seen_by_cpu, "n_drops_cpu": live.drops_by_cpu}


def programs(service: Service) -> dict[str, tuple[int, int]]:
    """How often each BPF program has run, and for how many ns, if that is wanted and the kernel counts it."""
    wanted = service.state.config.metrics.programs and machine.counts_programs()
    return service.live.program_runs if wanted and service.live is not None else {}


def _falco(out: Page, service: Service, settings: MetricsSettings) -> None:
    out.add(_FALCO + "outputs_queue_num_drops_total", COUNTER, _HELP, service.delivery.queue_drops)
    for name, value in (
        ("reload", service.reloaded_ns), ("start", service.started_ns), ("host_boot", machine.boot_ns()),
    ):  # fmt: skip
        out.add(f"{_FALCO}{name}_timestamp_nanoseconds", GAUGE, _HELP, value)
    duration = (time.time_ns() - service.started_ns) // 10**9
    out.add(_FALCO + "duration_seconds_total", COUNTER, _HELP, duration)
    out.add(_FALCO + "host_num_cpus_total", GAUGE, _HELP, os.cpu_count() or 0)
    if settings.resources:
        for name, number in machine.resources().items():
            if name.endswith("cpu_usage"):
                out.add(f"{_FALCO}{name}_ratio", GAUGE, _HELP, number / 100)
            elif "memory" in name:
                out.add(f"{_FALCO}{name}_bytes", GAUGE, _HELP, float(number))
            else:
                out.add(f"{_FALCO}{name}_total", GAUGE, _HELP, int(number))


def _events(out: Page, service: Service) -> None:
    """As falco-exporter counts alerts."""
    for (key, host, namespace, pod), count in list(service.meters.series.items()):
        labels = {
            "rule": key.name, "priority": str(key.priority), "hostname": host, "source": key.source, "k8s_ns_name": namespace,
            "k8s_pod_name": pod, "tags": f",{','.join(key.tags)},",
        }  # fmt: skip
        out.add("falco_events", COUNTER, "Alerts, as falco-exporter counts them.", count, labels)


def _ours(out: Page, service: Service) -> None:
    lost = dict(service.delivery.lost())
    for name, lane in list(service.delivery.lanes.items()):
        labels = {"output": name}
        out.add("pysysdig_output_sent_total", COUNTER, "Alerts delivered.", lane.sent, labels)
        out.add("pysysdig_output_waiting", GAUGE, "Alerts that wait for delivery.", lane.waiting, labels)
        out.add("pysysdig_output_failures_total", COUNTER, "Deliveries that failed and are tried again.", lane.failures, labels)
        out.add("pysysdig_output_lost_total", COUNTER, "Alerts that were dropped or refused.", lost.get(name, 0), labels)
        out.add("pysysdig_output_up", GAUGE, "Whether the latest delivery succeeded.", int(not lane.error), labels)
    spool = service.delivery.spool_bytes
    if spool is not None:
        out.add("pysysdig_spool_bytes", GAUGE, "Alerts on disk.", spool)
    if service.servers.receiver is not None:
        for status, number in (("accepted", service.meters.accepted), ("rejected", service.meters.rejected)):
            labels = {"source": "requests", "status": status}
            out.add("falcosecurity_falcosidekick_inputs_total", COUNTER, "Alerts that others posted.", number, labels)
    if service.servers.rpc is not None:
        out.add("pysysdig_grpc_dropped_total", COUNTER, "Alerts that no gRPC client has fetched.", service.servers.rpc.dropped)
    if service.fetcher is not None:
        out.add(
            "pysysdig_rules_fetched_up", GAUGE, "Whether the latest look for rules succeeded.", int(not service.fetcher.error)
        )
    out.add("pysysdig_folded_total", COUNTER, "Alerts that summaries stand for.", service.folding.folded)
    for source, taken in list(service.intake.taken.items()):
        labels = {"source": source}
        out.add("pysysdig_source_events_total", COUNTER, "Events of other sources than the kernel.", taken.events, labels)
        out.add(
            "pysysdig_source_left_out_total", COUNTER, "What was posted or read there and was no event.", taken.left_out, labels
        )
    meters = service.meters
    out.add("pysysdig_rules_loaded", GAUGE, "Rules that are on.", len(service.state.rules.rules))
    out.add(
        "pysysdig_reload_failures_total", COUNTER, "Reloads that changed nothing because of an error.", service.failed_reloads
    )
    out.add("pysysdig_last_event_timestamp_seconds", GAUGE, "Time of the latest event.", meters.last_event / 1e9)
    if service.live is not None:
        out.add("pysysdig_behind_seconds", GAUGE, "From an event to its delivery, lately.", float(service.live.behind))
    out.histogram("pysysdig_alert_latency_seconds", "From a system call to its alert.", BOUNDS, list(meters.latency), meters.late)
