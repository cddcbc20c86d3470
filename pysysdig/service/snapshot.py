"""Metrics at regular intervals: an alert about the service itself, and lines of JSON in a file, as Falco's."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.model import host_name
from pysysdig.service import machine
from pysysdig.service.metrics import FILE_ENGINE, LIVE_ENGINE, by_cpu, programs
from pysysdig.service.versions import FALCO

if TYPE_CHECKING:
    from pysysdig.service.daemon import Service

RULE, TEXT = "Falco internal: metrics snapshot", "Falco metrics snapshot"
_MB = 1 << 20
_NOT_IN_NAMES = re.compile("[^A-Za-z0-9_:]+")
_NOT_IN_FILES = re.compile("[^A-Za-z0-9]")


class Snapshots:
    """One after the other; each also tells what has changed since the one before."""

    def __init__(self) -> None:
        self._before: tuple[float, int, int] | None = None  # when (monotonic), events, lost ones
        self._next = 0.0
        self._sample = 0

    def due(self, interval: float) -> bool:
        """Whether it is time for one. The first is at the start."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + interval
        return True

    def take(self, service: Service) -> dict[str, Any]:
        """The fields of one, by name, sorted."""
        settings = service.state.config.metrics
        out = _always(service)
        out.update(self._rates(service))
        if settings.rules:
            out.update(_rules(service))
        if settings.resources:
            out.update(_resources(megabytes=settings.megabytes))
        if settings.state:
            out.update({"falco.n_threads": service.meters.threads, "falco.n_fds": service.meters.fds})
        return {name: out[name] for name in sorted(out)}

    def write(self, path: str, fields: dict[str, Any]) -> None:
        """Append one to a file. Raises OSError."""
        self._sample += 1
        with open(path, "a") as file:
            file.write(json.dumps({"output_fields": fields, "sample": self._sample}) + "\n")

    def _rates(self, service: Service) -> dict[str, Any]:
        meters, now = service.meters, time.monotonic()
        events, lost = meters.events, meters.lost
        out: dict[str, Any] = {"falco.num_evts": events, "scap.n_evts": events + lost, "scap.n_drops": lost}
        if self._before is not None:
            before, events_before, lost_before = self._before
            seconds = max(now - before, 1e-9)
            every = events + lost - events_before - lost_before
            out |= {
                "falco.num_evts_prev": events_before,
                "falco.evts_rate_sec": round((events - events_before) / seconds, 1),
                "scap.n_evts_prev": events_before + lost_before,
                "scap.evts_rate_sec": round(every / seconds, 1),
                "scap.n_drops_prev": lost_before,
                "scap.evts_drop_rate_sec": round((lost - lost_before) / seconds, 1),
                "scap.n_drops_perc": 100 * (lost - lost_before) / every if every else 0.0,
            }
        if service.state.config.metrics.kernel and (lost or service.state.config.metrics.empty):
            out["scap.n_drops_buffer_total"] = lost
        out |= _kernel(service)
        self._before = now, events, lost
        return out


def _kernel(service: Service) -> dict[str, Any]:
    """The kernel's counters on each CPU and of each program; those that are 0 only if that is wanted."""
    out: dict[str, Any] = {}
    for name, numbers in by_cpu(service).items():
        out.update({f"scap.{name}_{cpu}": number for cpu, number in enumerate(numbers)})
    for name, (count, nanoseconds) in programs(service).items():
        average = nanoseconds // count if count else 0
        out |= {f"scap.{name}.run_cnt": count, f"scap.{name}.run_time_ns": nanoseconds, f"scap.{name}.avg_time_ns": average}
    return {name: number for name, number in out.items() if number or service.state.config.metrics.empty}


def _always(service: Service) -> dict[str, Any]:
    state, now = service.state, time.time_ns()
    out: dict[str, Any] = {
        "evt.time": now,
        "evt.hostname": host_name(),
        "evt.source": "syscall",
        "falco.version": FALCO,
        "falco.start_ts": service.started_ns,
        "falco.reload_ts": service.reloaded_ns,
        "falco.duration_sec": (now - service.started_ns) // 10**9,
        "falco.kernel_release": machine.kernel_release(),
        "falco.host_boot_ts": machine.boot_ns(),
        "falco.host_num_cpus": os.cpu_count() or 0,
        "falco.outputs_queue_num_drops": service.delivery.queue_drops,
        "scap.engine_name": LIVE_ENGINE if service.live is not None else FILE_ENGINE,
    }
    for kind, files in (("rules", state.rule_files), ("config", state.config_files)):
        for file in files:
            out[f"falco.sha256_{kind}_file.{_NOT_IN_FILES.sub('_', os.path.basename(file.path))}"] = file.sha256
    for name, protocols in machine.addresses().items():
        for protocol, found in protocols.items():
            out[f"falco.host_netinfo.interfaces.{name}.protocols.{protocol}.addresses"] = ",".join(found)
    return out


def _rules(service: Service) -> dict[str, Any]:
    out: dict[str, Any] = {}
    total = 0
    for key, count in list(service.meters.rules.items()):
        name = re.sub("_+", "_", _NOT_IN_NAMES.sub("_", key.name)).rstrip("_")
        out[f"falco.rules.{name}"] = out.get(f"falco.rules.{name}", 0) + count
        total += count
    return {"falco.rules.matches_total": total, **out}


def _resources(*, megabytes: bool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, number in machine.resources().items():
        if name.endswith("cpu_usage"):
            out[f"falco.{name}_perc"] = number
        elif "memory" not in name:
            out[f"falco.{name}"] = int(number)
        elif megabytes:
            out[f"falco.{name}_mb"] = round(number / _MB, 1)
        else:
            kilobytes = not name.startswith("container")
            out[f"falco.{name}_{'kb' if kilobytes else 'bytes'}"] = int(number) >> (10 if kilobytes else 0)
    return out
