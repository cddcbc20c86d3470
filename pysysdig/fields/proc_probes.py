"""proc.is_container_*: whether a process belongs to a health probe of its container."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.arrays import Mask, Sel, unique
from pysysdig.events.column import Column, NumColumn, missing
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import Rows, thread_rows, walk
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.containers import PROBES
from pysysdig.state.levels import THREAD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

_IN_CONTAINER: RowAttribute[ThreadInfo] = RowAttribute(lambda t: bool(t.container_id), dtype=bool, reads=("container_id",))


def _attach_probes() -> None:
    """Whether a process belongs to a health probe of its container; CURRENT never has a value."""
    for name, probe in zip(("healthcheck", "liveness_probe", "readiness_probe"), PROBES):

        def get(view: EventView, sel: Sel, ref: FieldRef, probe: str = probe) -> Column:
            if view.generation != OLD:
                return missing(len(sel))
            rows = thread_rows(view, sel)
            probing = view.inspector.containers.probing
            return NumColumn(_of_probe(view, rows, sel, probe) if probing else np.zeros(len(sel), bool), rows >= 0)

        field("proc.is_container_" + name, THREAD)(get)


def _of_probe(view: EventView, rows: Rows, sel: Sel, probe: str) -> Mask:
    """bool (n,): the process or an ancestor in its container is what the probe runs, and the container's first process is none of
    its ancestors: probes are started from outside."""
    inside = rows >= 0
    found, below_first = np.zeros(len(sel), bool), np.zeros(len(sel), bool)
    for level in itertools.chain([rows], walk(view, rows, sel)):
        inside = inside & (level >= 0) & view.threads.number(level, _IN_CONTAINER).values
        if not inside.any():
            break
        below_first |= inside & (view.threads.number(level, named("vpid")).values == 1)
        for row in unique(level[inside]).tolist():
            t = view.threads.rows[row]
            if not view.inspector.containers.changes(t.container_id):
                continue
            for k in np.flatnonzero(inside & (level == row)).tolist():
                info = view.inspector.containers.at(t.container_id, int(view.batch.num_of(sel[k : k + 1])[0]))
                found[k] |= info is not None and info.probes.get(probe) == (t.exe, t.args)
    return found & ~below_first


_attach_probes()
