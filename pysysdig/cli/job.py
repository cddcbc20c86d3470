"""From the command line to the settings of a run."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.cli.getopt import Arguments
from pysysdig.cli.meanings import Draft
from pysysdig.cli.options import TABLE
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.settings import (
    COLOUR,
    PLAIN,
    ChiselSettings,
    ExportSettings,
    Job,
    LiveSettings,
    RedactSettings,
    ReportSettings,
    RuleSettings,
    RunSettings,
    ShowSettings,
    ViewSettings,
    WriteSettings,
)


def build(argv: Sequence[str], terminal: bool = False) -> Job:
    """The job of a command line (without the program name); `terminal`: standard output is one.

    Raises UsageError. Options act in the order given, and some (-h, -L, -pp ...) end the command line, as in sysdig.
    """
    draft = Draft()
    draft.values["show.format"] = COLOUR if terminal else PLAIN
    line = Arguments(argv, TABLE)
    for option, text in line:
        if option.meaning.take(draft, text, line):
            # lists are JSON wherever -j stands
            draft.values["show.json"] = draft.values.get("show.json") or not {"-j", "--json"}.isdisjoint(line.following)
            return job_of(draft)
    draft.values["run.filter"] = from_user(" ".join(line.words))
    job = job_of(draft)
    if job.action == "run":
        _check(job)
    return job


def job_of(draft: Draft) -> Job:
    """The settings that a draft has come to; what was not said has its default."""
    return Job(
        draft.action,
        draft.argument,
        RunSettings(**draft.of("run")),
        ShowSettings(**draft.of("show")),
        LiveSettings(**draft.of("live")),
        WriteSettings(**draft.of("write")),
        ChiselSettings(**draft.of("chisels")),
        RuleSettings(**draft.of("rules")),
        ViewSettings(**draft.of("views")),
        ExportSettings(**draft.of("export")),
        RedactSettings(**draft.of("redact")),
        ReportSettings(**draft.of("report")),
    )


def _check(job: Job) -> None:
    """UsageError for what does not go together."""
    if job.write.prune and not job.run.filter:
        raise UsageError("you must specify a filter if you use --filter-proclist.")
    if job.write.prune and job.run.live:
        raise UsageError("--filter-proclist not supported with live captures.")
    if job.export.path and (
        job.views.name or job.rules.alerts or job.chisels.chosen or job.write.path or job.show.summary or job.run.display_filter
    ):
        raise UsageError("--export stands alone: without rules, chisels, --view, -w, -S and -d")
    if not job.export.path and job.export != ExportSettings():
        raise UsageError("--fields and --calls are for --export; name a file for it")
    _check_redaction(job)
    _check_report(job)
    if job.views.screen is not None and (
        job.views.name or job.chisels.chosen or job.write.path or job.run.display_filter or job.export.path
    ):
        raise UsageError("--ui stands alone: without --view, --export, chisels, -w and -d")
    if job.views.name and (job.rules.alerts or job.chisels.chosen or job.write.path or job.run.display_filter):
        raise UsageError("--view stands alone: without rules, chisels, -w and -d")
    if job.views.last is not None and job.views.last < job.views.first:
        raise UsageError("--to cannot be smaller than --from")
    if job.rules.alerts and job.chisels.chosen:
        raise UsageError("rules and chisels (-c) cannot be used in one run")
    if job.rules.alerts and (job.write.path or job.show.summary or job.run.display_filter):
        raise UsageError("rules stand alone: without -w, -S and -d; record first, and read that with --rules")


def _check_report(job: Job) -> None:
    """UsageError for what does not go with a report."""
    if job.report.anonymise and not job.report.path:
        raise UsageError("--report-anonymise is for --report; name a file for it")
    if job.report.against and not job.report.path and job.views.screen is None:
        raise UsageError("--against is for --report, which wants a file, and for --ui")
    if not job.report.path:
        return
    other = (job.views.name, job.chisels.chosen, job.write.path, job.export.path, job.show.summary, job.run.display_filter)
    if any(other) or job.rules.enter_events or job.rules.explain:
        raise UsageError("--report stands alone: without chisels, --view, --export, -w, -S, -d, --enter-events and --explain")


def _check_redaction(job: Job) -> None:
    """UsageError where --redact would not be for all that a run shows or writes."""
    if job.redact.key and not job.redact.policy:
        raise UsageError("--redact-key is for --redact; name a policy, too")
    if not job.redact.policy:
        return
    if not (job.export.path or job.write.path):
        raise UsageError("--redact is for what is written; name a file with --export or -w")
    if job.chisels.chosen or job.show.summary or job.rules.alerts or job.write.prune:
        raise UsageError("--redact: without rules, chisels, -S and --filter-proclist; use them on what is written")
