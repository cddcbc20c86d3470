"""The options of reports."""

from __future__ import annotations

from pysysdig.cli.meanings import Put
from pysysdig.cli.option import NONE, REQUIRED, Option

REPORT = "Reports"
REPORT_OPTIONS = (
    Option(
        "report",
        "",
        "report",
        REQUIRED,
        "FILE",
        REPORT,
        "Write what is in a capture as one HTML page to FILE (-: standard output): numbers, charts, tables, and with --rules the "
        "alerts. The page asks nothing of anybody and holds no data that was read or written.",
        Put("report.path", parse=str),
    ),
    Option(
        "report_against",
        "",
        "against",
        REQUIRED,
        "FILE",
        REPORT,
        "With --report and --ui: what happens more or less often, per second, than in the capture FILE; with --ui it may be a "
        "filter, too: than among the events of the same capture that pass it.",
        Put("report.against", parse=str),
    ),
    Option(
        "report_anonymise",
        "",
        "report-anonymise",
        NONE,
        "",
        REPORT,
        "With --report: command lines, paths, addresses and names become numbered words.",
        Put("report.anonymise"),
    ),
)
