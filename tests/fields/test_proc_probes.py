"""Processes of health probes: what an engine runs in a container from outside."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD

HEX = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
PROBES = {"Healthcheck": {"exe": "/bin/check", "args": ["-q"]}, "LivenessProbe": {"exe": "/bin/alive", "args": []}}
CGROUPS = [f"cpu=/docker/{HEX}"]
# thread -> what it runs; 20 is the container's first process, 30 and 60 come from outside, 40 is a child of 30, 50 one of 20
RUN = {
    10: [], 20: ["/bin/init"], 30: ["/bin/check", "-q"], 40: ["/bin/sleep"], 50: ["/bin/check", "-q"], 60: ["/bin/alive"],
    70: ["/bin/check"],
}  # fmt: skip
PARENTS = {10: 1, 20: 10, 30: 10, 40: 30, 50: 20, 60: 10, 70: 10}


def values(name: str, generation: str) -> list[bool | None]:
    """For each thread, before and after the engine has told of the container."""
    processes = [
        process(tid, "p", ptid=PARENTS[tid], exe=(run or ["x"])[0], args=run[1:], vtid=tid if tid != 20 else 1,
                vpid=tid if tid != 20 else 1, cgroups=CGROUPS if tid != 10 else [])
        for tid, run in RUN.items()
    ]  # fmt: skip
    kind, params = ("SYSCALL_GETUID_E", []) if generation == OLD else ("SYSCALL_GETUID_X", [0])
    calls = [event(kind, tid=tid, params=params) for tid in RUN]
    told = event("CONTAINER_JSON_2_E", tid=-1, params=[json.dumps({"container": {"id": HEX[:12], "type": 0, **PROBES}})])
    view = Inspector(snapshot(*processes), generation, THREAD).process(batch([*calls, told, *calls]))
    sel = np.array([*range(len(calls)), *range(len(calls) + 1, 2 * len(calls) + 1)])
    shown: list[bool | None] = lookup(f"proc.is_container_{name}").column(view, sel).tolist()
    return shown


@pytest.mark.parametrize(("name", "want"), [("healthcheck", {30, 40}), ("liveness_probe", {60}), ("readiness_probe", set())])
def test_what_is_run_from_outside_and_its_children(name: str, want: set[int]) -> None:
    assert values(name, OLD) == [False] * len(RUN) + [tid in want for tid in RUN]
    assert values(name, CURRENT) == [None] * 2 * len(RUN)
