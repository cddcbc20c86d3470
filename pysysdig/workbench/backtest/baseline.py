"""What is known to raise alerts: counts of a backtest, kept in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from pysysdig.errors import PysysdigError
from pysysdig.workbench.backtest.model import TraceResult
from pysysdig.workbench.writing import rewrite

_MOST_BYTES = 64 << 20
Counts = dict[str, dict[str, int]]


def read(path: str) -> Counts:
    """Alerts by trace (its name without folders) and rule. Raises PysysdigError."""
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
    except OSError as error:
        raise PysysdigError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise PysysdigError(f"{path}: not a baseline: no JSON") from None
    traces = content.get("traces") if isinstance(content, dict) else None
    if not isinstance(traces, dict) or content.get("schema") != 1:
        raise PysysdigError(f"{path}: not a baseline of `rules backtest --write-baseline`")
    out: Counts = {}
    for trace, counts in traces.items():
        if not isinstance(counts, dict) or not all(type(n) is int and n >= 0 for n in counts.values()):
            raise PysysdigError(f"{path}: not a baseline: the counts of {trace}")
        out[trace] = counts
    return out


def write(path: str, results: Sequence[TraceResult]) -> None:
    """Keep the alerts of the first variant. Raises PysysdigError."""
    traces = {os.path.basename(r.trace): dict(sorted(r.counts[0].items())) for r in results if r.counts}
    text = json.dumps({"schema": 1, "traces": dict(sorted(traces.items()))}, indent=1, ensure_ascii=False)
    rewrite(path, (text + "\n").encode("utf-8", "backslashreplace"))


def over(known: Counts, results: Sequence[TraceResult]) -> tuple[tuple[str, str, int, int], ...]:
    """(trace, rule, alerts, alerts that are known) where there are more than are known."""
    out = []
    for result in results:
        allowed = known.get(os.path.basename(result.trace), {})
        for rule, count in sorted(result.counts[0].items()) if result.counts else ():
            if count > allowed.get(rule, 0):
                out.append((result.trace, rule, count, allowed.get(rule, 0)))
    return tuple(out)
