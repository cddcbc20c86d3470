"""`pysysdig rules explain`: why a rule fired at events of a trace, or did not."""

from __future__ import annotations

from pysysdig.cli import values
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import PysysdigError, UsageError

SYNTAX = Syntax(
    "rules explain",
    "[FILTER]",
    "Tell why a rule fired, or the first of these: it is not loaded, it was never tried, a part of its condition is false, an "
    "exception applies, another rule took the event. Without --event, --time or a filter: how often all that was so, and which "
    "events came closest to it.",
    (
        *borrowed("read", "rules"),
        Option("rule", "", "rule", REQUIRED, "NAME", "", "The rule that is asked about. May be repeated.", Add("explain.rules")),
        Option(
            "event", "", "event", REQUIRED, "NUM", "", "About the event of this number.",
            Put("explain.number", parse=values.between("rules explain: --event", 1, 10**18 - 1)),
        ),
        Option(
            "time", "", "time", REQUIRED, "TIME", "", "About events at this time: how it begins, like 12:34:56.78.",
            Put("explain.time", parse=str),
        ),
        Option(
            "near", "", "near", REQUIRED, "NUM", "", "How many events are told of at most (3).",
            Put("explain.near", parse=values.between("rules explain: --near", 1, 10_000)),
        ),
        Option("full", "", "full", NONE, "", "", "Show all of the condition, not only what decides.", Put("explain.full")),
        *borrowed("json", "config", "config_option", "enable_rule", "disable_rule", "enable_tag", "disable_tag", "enter_events"),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.explaining import Explaining, question_of
    from pysysdig.cli.run import Run
    from pysysdig.events.table import CURRENT, OLD
    from pysysdig.events.text import from_user
    from pysysdig.output.stream import Output
    from pysysdig.replay import Wanted

    asked = draft.take("explain")
    draft.values["run.filter"] = from_user(" ".join(words))
    job = job_of(draft)
    if not job.run.files:
        raise UsageError("rules explain: which trace? -r FILE")
    question = question_of({**asked, "each": bool(words) and "number" not in asked and "time" not in asked})
    old = job.rules.enter_events
    out = Output()
    explaining = Explaining(job.rules, alert_config(job), question, out)
    wanted = Wanted(job.run.filter, OLD if old else CURRENT)
    Run(job.run, job.live, [explaining], out, wanted=wanted, limit=None, convert=not old).run()
    if explaining.unanswered:
        raise PysysdigError(f"rules explain: {explaining.unanswered}")
    return 0
