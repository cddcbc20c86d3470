"""What the web server of a service says."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from pysysdig.rules.model import PRIORITIES
from pysysdig.service import metrics
from pysysdig.service.exposition import CONTENT_TYPE
from pysysdig.service.versions import versions_json
from pysysdig.service.web import Answer, Page

if TYPE_CHECKING:
    from pysysdig.service.daemon import Service

_STUCK = 30.0  # seconds without a look at events after which something is wrong
_LOST = 0.1  # share of the events of the latest minute
_FULL = 0.9  # of a queue


def pages(service: Service) -> dict[str, Page]:
    """By path."""
    config = service.state.config
    out: dict[str, Page] = {
        config.web.healthz: lambda: Answer('{"status": "ok"}'),
        "/readyz": lambda: ready(service),
        "/versions": lambda: Answer(versions_json()),
        "/rules": lambda: rules(service),
    }
    if config.metrics.enabled and config.web.metrics:
        out["/metrics"] = lambda: Answer(metrics.page(service), CONTENT_TYPE)
    return out


def ready(service: Service) -> Answer:
    """Whether events come and alerts go, and why not; 503 if not."""
    meters = service.meters
    quiet = time.monotonic() - service.looked
    wrong = []
    if not service.open:
        wrong.append("the event source is not open yet")
    elif quiet > _STUCK:
        wrong.append(f"no events have been looked at for {quiet:.0f} seconds")
    if meters.lost_share > _LOST:
        wrong.append(f"{meters.lost_share:.0%} of the events of the last minute were lost")
    wrong += service.intake.problems
    outputs = {}
    for name, lane in list(service.delivery.lanes.items()):
        outputs[name] = {"waiting": lane.waiting, "error": lane.error}
        if lane.fill > _FULL:
            wrong.append(f"the queue of output {name} is full")
    age = time.time() - meters.last_event / 1e9 if meters.last_event else None
    body = {
        "status": "not ready" if wrong else "ok",
        "reasons": wrong,
        "source": "open" if service.open else "closed",
        "last_event_age_seconds": None if age is None else round(max(age, 0.0), 3),
        "lost_share": round(meters.lost_share, 6),
        "behind_seconds": round(service.live.behind, 3) if service.live is not None else 0.0,
        "outputs": outputs,
    }
    return Answer(json.dumps(body), status=503 if wrong else 200)


def rules(service: Service) -> Answer:
    """The files that were loaded, with their hashes, and the rules that are on, with the alerts they have raised."""
    state = service.state
    counts: dict[str, int] = {}
    for key, count in list(service.meters.rules.items()):
        counts[key.name] = counts.get(key.name, 0) + count
    body = {
        "loaded": service.reloaded_ns // 10**9,
        "config_files": [{"path": file.path, "sha256": file.sha256} for file in state.config_files],
        "rules_files": [{"path": file.path, "sha256": file.sha256} for file in state.rule_files],
        "rules": [
            {
                "name": rule.name,
                "priority": PRIORITIES[rule.priority],
                "source": rule.source,
                "tags": list(rule.tags),
                "alerts": counts.get(rule.name, 0),
            }
            for rule in state.rules.rules
        ],
    }
    return Answer(json.dumps(body))
