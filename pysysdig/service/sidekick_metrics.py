"""The page /metrics of the receiver: what falcosidekick counts, under its names, for its dashboard and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.rules.model import PRIORITIES
from pysysdig.service.exposition import COUNTER, Page

if TYPE_CHECKING:
    from pysysdig.service.daemon import Service

_PREFIX = "falcosecurity_falcosidekick_"


def page(service: Service) -> str:
    """All of them now."""
    out = Page()
    meters = service.meters
    for status, number in (("accepted", meters.accepted), ("rejected", meters.rejected)):
        labels = {"source": "requests", "status": status}
        out.add(_PREFIX + "inputs_total", COUNTER, "Alerts that others posted.", number, labels)
    lost = dict(service.delivery.lost())
    for name, lane in list(service.delivery.lanes.items()):
        for status, number in (("ok", lane.sent), ("error", lane.failures + lost.get(name, 0))):
            labels = {"destination": name, "status": status}
            out.add(_PREFIX + "outputs_total", COUNTER, "Alerts delivered, and what was not.", number, labels)
    for (key, host, namespace, pod), count in list(meters.series.items()):
        labels = {
            "hostname": host or "unknown", "rule": key.name, "priority": str(len(PRIORITIES) - key.priority),
            "priority_raw": PRIORITIES[key.priority].lower(), "source": key.source, "k8s_ns_name": namespace, "k8s_pod_name": pod,
        }  # fmt: skip
        out.add(_PREFIX + "falco_events_total", COUNTER, "Alerts of this process and of others.", count, labels)
    return out.text()
