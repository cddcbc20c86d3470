"""`pysysdig rules backtest`: rules on many traces, and what other rules would have made of them."""

from __future__ import annotations

import os

from pysysdig.cli import values
from pysysdig.cli.failure import COULD_NOT, two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import UsageError

_FORMATS = ("pretty", "json", "ndjson", "csv", "markdown")
_ENGINES = ("local", "spark")
_KINDS = ("new", "gone", "moved", "any")


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(text.split(","))
    for kind in kinds:
        if kind not in _KINDS:
            raise UsageError(f"rules backtest: --fail-on takes {', '.join(_KINDS)}, joined by commas, not {kind}")
    return kinds


def _engine(text: str) -> str:
    if text not in _ENGINES:
        raise UsageError(f"rules backtest: --engine takes {' or '.join(_ENGINES)}, not {text}")
    return text


def _files(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


SYNTAX = Syntax(
    "rules backtest",
    "[TRACE...]",
    "Try rules on traces (files, or directories of them) and count their alerts. With --against also those of other rules, and "
    "which alerts are new, gone or moved to another rule, each with its cause.",
    (
        *borrowed("read", "rules"),
        Option("against", "", "against", REQUIRED, "FILE[,FILE...]", "", "Other rule files instead of those of --rules. May be "
               "repeated: each is a rule set of its own, and all are tried at once.", Add("backtest.against", _files)),
        Option("fail_on", "", "fail-on", REQUIRED, "KINDS", "", "new, gone, moved or any, joined by commas: such differences "
               "make the exit status 1.", Put("backtest.fail_on", parse=_kinds)),
        Option("baseline", "", "baseline", REQUIRED, "FILE", "", "Alerts that are known; more than these make the exit status 1.",
               Put("backtest.baseline", parse=str)),
        Option("write_baseline", "", "write-baseline", REQUIRED, "FILE", "", "Write the alerts that there are as known ones.",
               Put("backtest.write_baseline", parse=str)),
        Option("cost", "", "cost", NONE, "", "", "Measure the time of rules, macros and fields.", Put("backtest.cost")),
        Option("jobs", "", "jobs", REQUIRED, "NUM", "", "How many traces are read at once; by default as many as there are CPUs.",
               Put("backtest.jobs", parse=values.JOBS)),
        Option("engine", "", "engine", REQUIRED, "NAME", "", "local (the default), or spark: a trace a task on the cluster that "
               "Spark's configuration names (extra spark); traces may be s3://, hdfs:// ... then.",
               Put("backtest.engine", parse=_engine)),
        *report_options("rules backtest", _FORMATS),
        *borrowed("config", "config_option", "enable_rule", "disable_rule", "enable_tag", "disable_tag"),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.job import job_of
    from pysysdig.cli.rule_commands.rule_sets import variants
    from pysysdig.workbench.backtest import baseline
    from pysysdig.workbench.backtest.formats import FORMATS
    from pysysdig.workbench.backtest.run import backtest
    from pysysdig.workbench.backtest.traces import traces

    asked, report = draft.take("backtest"), draft.take("report")
    job = job_of(draft)
    spark = asked.get("engine") == "spark"
    if spark and "jobs" in asked:
        raise UsageError("rules backtest: --jobs is for --engine local; Spark has its own number of tasks")
    given = [*job.run.files, *words]
    remote = [path for path in given if spark and "://" in path]
    paths = [*traces(path for path in given if path not in remote), *remote]
    if not paths:
        raise UsageError("rules backtest: which traces? -r FILE or DIRECTORY")
    config = alert_config(job)
    known = baseline.read(asked["baseline"]) if "baseline" in asked else None
    tried = variants(draft, config, asked.get("against", ()))
    costs = bool(asked.get("cost"))
    if spark:
        from pysysdig import spark as fleet

        outcome = fleet.backtest(fleet.session(), tried, paths, config, costs=costs)
    else:
        outcome = backtest(tried, paths, config, jobs=asked.get("jobs") or os.cpu_count() or 1, costs=costs)
    if known is not None:
        outcome = outcome._replace(over=baseline.over(known, outcome.results))
    if "write_baseline" in asked:
        baseline.write(asked["write_baseline"], outcome.results)
    deliver(report, "pretty", lambda name: FORMATS[name](outcome), [*paths, *(name for one in tried for name in one.files)])
    if any(result.error for result in outcome.results):
        return COULD_NOT
    wanted = set(asked.get("fail_on", ()))
    kinds = outcome.kinds()
    return 1 if outcome.over or kinds & wanted or (kinds and "any" in wanted) else 0
