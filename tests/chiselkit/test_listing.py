"""Lists and descriptions of chisels."""

from __future__ import annotations

from pysysdig.chiselkit import listing


def test_listing() -> None:
    text = listing.overview()
    assert "\nCategory: I/O\n-------------\n" in text
    assert "\ntopcontainers_cpu\n                Top containers by CPU usage\n" in text
    assert "flame" not in text and "table_generator" not in text
    assert text.endswith("\nUse the -i flag to get detailed information about a specific chisel\n")


def test_description() -> None:
    text = listing.information("fileslower")
    assert text.startswith("\nCategory: Performance\n---------------------\nfileslower      Trace slow file I/O\n")
    assert "[int] min_ms - " in text and "[string] disable_color - " in text
    assert "Args:\n(None)\n" in listing.information("topprocs_file")
