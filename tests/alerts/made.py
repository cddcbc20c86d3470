"""Alerts of one event, as lines."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.make import AlertMaker
from pysysdig.events.build import batch as make_batch
from pysysdig.events.build import event
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.state.build import process, snapshot
from pysysdig.state.view import EventView

TS = 1_700_000_000_123_456_789


def view(path: str = "/etc/passwd") -> EventView:
    from pysysdig.state.inspector import Inspector

    opened = event("SYSCALL_OPENAT_2_X", TS, 42, [3, -100, path, 1, 0, 0, 0])
    return Inspector(snapshot(process(42, "cat")), "current", 2).process(make_batch([opened]))


def alert(output: str, *options: str, tags: tuple[str, ...] = (), path: str = "/etc/passwd", name: str = "R") -> str:
    rule = Rule(name, "", output, "", PRIORITIES.index("Warning"), None, None, None)  # type: ignore[arg-type]
    rule.tags = list(tags)
    config = RuleConfig(read("", options))
    alerts = AlertMaker([rule], config).make(view(path), np.array([0]), np.array([0]))
    return "".join(AlertFormat(config).lines(alerts)).encode("latin-1").decode()


def as_json(output: str, *options: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(alert(output, "json_output=true", *options, **more))
    return found
