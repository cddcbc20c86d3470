"""Metrics as Prometheus reads them (text format 0.0.4): one HELP and TYPE for each family, labels sorted and escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

COUNTER, GAUGE, HISTOGRAM, UNTYPED = "counter", "gauge", "histogram", "untyped"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_:]+")
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9_]+")
_RUNS = re.compile("_{2,}")
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Page:
    """A page of metrics under way."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, str, list[str]]] = {}

    def add(
        self, name: str, kind: str, help_: str, value: float, labels: Mapping[str, str] | None = None, suffix: str = ""
    ) -> None:
        """A sample of the family `name`. A value that is an int is written as one; suffix: of a sample of a histogram."""
        samples = self._families.setdefault(name, (kind, help_, []))[2]
        shown = ",".join(f'{key}="{escaped(labels[key])}"' for key in sorted(labels)) if labels else ""
        number = str(value) if isinstance(value, int) else f"{value:.6f}"
        samples.append(f"{name}{suffix}{{{shown}}} {number}\n" if shown else f"{name}{suffix} {number}\n")

    def histogram(self, name: str, help_: str, bounds: Iterable[float], counts: list[int], total: float) -> None:
        """counts: for each bound the values up to it that no smaller one has, and then those above all."""
        seen = 0
        for bound, count in zip([*map(str, bounds), "+Inf"], counts):
            seen += count
            self.add(name, HISTOGRAM, help_, seen, {"le": bound}, "_bucket")
        self.add(name, HISTOGRAM, help_, total, suffix="_sum")
        self.add(name, HISTOGRAM, help_, seen, suffix="_count")

    def text(self) -> str:
        """All of it."""
        return "".join(
            f"# HELP {name} {help_}\n# TYPE {name} {kind}\n{''.join(samples)}"
            for name, (kind, help_, samples) in self._families.items()
        )


def escaped(value: str) -> str:
    """The value of a label."""
    return value.translate(_ESCAPES)


def metric_name(text: str) -> str:
    """A text as part of a metric's name."""
    return _RUNS.sub("_", _NOT_IN_NAMES.sub("_", text))


def label_name(text: str) -> str:
    """A text as the name of a label."""
    return _RUNS.sub("_", _NOT_IN_LABELS.sub("_", text))
