"""How long calls took, over time: counts by stretch and by latency on a logarithmic scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.report.cube import STRETCHES
from pysysdig.report.fields import Fields
from pysysdig.report.timeline import COARSE, Timeline

Ints = npt.NDArray[np.int64]
DECADES, STEPS = 11, 8  # 1 ns to 100 s, columns of a decade


class Heat:
    """Counts: int64, shape (STRETCHES, DECADES * STEPS)."""

    def __init__(self, timeline: Timeline) -> None:
        self._counts = np.zeros((STRETCHES, DECADES * STEPS), np.int64)
        timeline.follow(self)

    def add(self, events: Fields, bucket: Ints) -> None:
        """Take in events; `bucket` of each."""
        latency, timed = events.numbers("evt.latency")  # that of calls, which end with an event
        at = np.flatnonzero(timed & (latency > 0) & ((events.view.batch.type_of(events.sel) & 1) == 1))
        latency = latency.take(at)
        step = np.minimum((np.log10(latency) * STEPS).astype(np.int64), DECADES * STEPS - 1)
        codes = (bucket[at] // COARSE) * (DECADES * STEPS) + step
        self._counts += np.bincount(codes, minlength=self._counts.size).reshape(self._counts.shape)

    def fold(self) -> None:
        half = STRETCHES // 2
        self._counts[:half] = self._counts[0::2] + self._counts[1::2]
        self._counts[half:] = 0

    def data(self) -> dict[str, Any]:
        """[[stretch, step, count] ...] of what is not zero."""
        rows, steps = np.nonzero(self._counts)
        counts = self._counts[rows, steps]
        return {"steps": STEPS, "decades": DECADES, "cells": np.stack((rows, steps, counts), 1).tolist()}
