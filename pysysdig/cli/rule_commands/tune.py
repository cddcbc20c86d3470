"""`pysysdig rules tune`: exceptions for the alerts that rules raise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pysysdig.cli import values
from pysysdig.cli.failure import two_on_error
from pysysdig.cli.meanings import Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import PysysdigError, UsageError

if TYPE_CHECKING:
    from pysysdig.workbench.tune.effects import Effect

_ROUNDS = 4  # of proposals in place of those that were refused

SYNTAX = Syntax(
    "rules tune",
    "[TRACE...]",
    "Group the alerts that rules raise on traces and propose exceptions for them, as a patch to load after the rules. Each "
    "proposal is tried on the traces: it is told what would vanish, and what that uncovers. The exit status is 1 if there are "
    "proposals.",
    (
        *borrowed("read", "rules"),
        Option("rule", "", "rule", REQUIRED, "NAME", "", "Only for this rule. May be repeated.", Add("tune.rule")),
        Option("alerts", "", "alerts", REQUIRED, "FILE", "", "Alerts of a file, too, one JSON object a line (ours or Falco's).",
               Add("tune.alerts")),
        Option("must_fire", "", "must-fire", REQUIRED, "PATH", "", "Test files, or traces: what silences a test that passes now, "
               "or an alert of these traces, is refused. May be repeated.", Add("tune.must_fire")),
        Option("allow_weak", "", "allow-weak", NONE, "", "", "Propose also what rests on names that whoever breaks in can "
               "choose.", Put("tune.allow_weak")),
        Option("least", "", "least", REQUIRED, "NUM", "", "How many alerts are worth an exception (2).",
               Put("tune.least", parse=values.between("rules tune: --least", 1, 10**9))),
        Option("list", "", "list", NONE, "", "", "Tell of each alert that would vanish.", Put("tune.list")),
        Option("write", "", "write", REQUIRED, "FILE", "", "Write the patch to a file.", Put("tune.write", parse=str)),
        *report_options("rules tune", ("pretty", "json", "patch")),
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
    from pysysdig.workbench.backtest.traces import traces
    from pysysdig.workbench.tune import formats
    from pysysdig.workbench.tune.collect import collect, read_alerts
    from pysysdig.workbench.tune.effects import effects, must_fire
    from pysysdig.workbench.tune.propose import propose
    from pysysdig.workbench.writing import rewrite, spare

    asked, report = draft.take("tune"), draft.take("report")
    job = job_of(draft)
    paths = traces([*job.run.files, *words])
    if not paths:
        raise UsageError("rules tune: which traces? -r FILE or DIRECTORY (what is proposed is tried on them)")
    config = alert_config(job)
    (base,) = variants(draft, config, ())
    only = asked.get("rule", ())
    for name in only:
        if all(rule.name != name for rule in base.rules):
            raise PysysdigError(f"rules tune: no rule '{name}' is tried")
    must = must_fire(asked.get("must_fire", ()), traces)
    alerts = collect(paths, base.rules, base.matching, config, only)
    alerts += [raised for path in asked.get("alerts", ()) for raised in read_alerts(path, only)]
    known = {rule.name: {e.name for e in rule.exceptions} for rule in base.loaded().rules}
    alerts = [raised for raised in alerts if raised.rule in known]
    refused: list[Effect] = []
    for _ in range(_ROUNDS):
        without = {effect.proposal.cells for effect in refused}
        least, weak = asked.get("least", 2), bool(asked.get("allow_weak"))
        proposals = propose(alerts, known, least=least, weak=weak, without=without)
        found, together = effects(base, proposals, paths, must, config, jobs=os.cpu_count() or 1)
        new = [effect for effect in found if effect.refused]
        if not new:
            break
        refused += new
    found = [*(effect for effect in found if not effect.refused), *refused]
    if "write" in asked and any(not effect.refused for effect in found):
        spare(asked["write"], [*paths, *base.files])
        rewrite(asked["write"], formats.patch(found, base.files).encode("utf-8", "backslashreplace"))

    def render(name: str) -> str:
        if name == "patch":
            return formats.patch(found, base.files)
        if name == "json":
            return formats.as_json(found, together, base.files)
        return formats.pretty(found, together, base.files, listed=bool(asked.get("list")))

    deliver(report, "pretty", render, [*paths, *base.files])
    return 1 if any(not effect.refused for effect in found) else 0
