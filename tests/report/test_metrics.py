"""The list of metrics."""

from pysysdig.filter import compile_filter
from pysysdig.report.metrics import METRICS
from pysysdig.views.loader import find_view


def test_each_is_one_of_a_kind_and_leads_somewhere() -> None:
    assert len({m.id for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        if metric.filter:
            compile_filter(metric.filter, "old")
        if metric.view:
            find_view(metric.view)
