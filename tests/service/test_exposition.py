"""The text format of Prometheus."""

from __future__ import annotations

from pysysdig.service.exposition import COUNTER, GAUGE, Page, label_name, metric_name


def test_families_are_told_of_once_and_labels_are_escaped() -> None:
    page = Page()
    page.add("a_total", COUNTER, "A.", 1, {"z": 'q"\\\n', "b": "x"})
    page.add("g", GAUGE, "G.", 1.5)
    page.add("a_total", COUNTER, "A.", 2, {"b": "y"})
    assert page.text() == (
        '# HELP a_total A.\n# TYPE a_total counter\na_total{b="x",z="q\\"\\\\\\n"} 1\na_total{b="y"} 2\n'
        "# HELP g G.\n# TYPE g gauge\ng 1.500000\n"
    )


def test_histograms_are_cumulative() -> None:
    page = Page()
    page.histogram("h", "H.", (0.1, 1.0), [1, 2, 4], 9.5)
    assert [line for line in page.text().splitlines() if line[0] != "#"] == [
        'h_bucket{le="0.1"} 1', 'h_bucket{le="1.0"} 3', 'h_bucket{le="+Inf"} 7', "h_sum 9.500000", "h_count 7",
    ]  # fmt: skip


def test_names() -> None:
    assert label_name("tag_a b--c:d") == "tag_a_b_c_d" and metric_name("a b::c.d") == "a_b::c_d"
