"""The list of metrics."""

from pysysdig.filter import compile_filter
from pysysdig.report.metrics import METRICS


def test_each_is_one_of_a_kind_and_filters_compile() -> None:
    assert len({m.id for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        if metric.filter:
            compile_filter(metric.filter, "old")
