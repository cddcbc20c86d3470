"""`pysysdig serve`: reports in a browser on this machine."""

from __future__ import annotations

import sys

from pysysdig.cli import values
from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.output.terminal import escaped

_MOST_FILES = 100
_O = "Serving"
SYNTAX = Syntax(
    "serve",
    "FILE...",
    "Show the report of captures in a browser on this machine, with their events, tables of any filter, and with --rules why an "
    "alert was raised. The address that is printed holds a token: whoever has it may look, until the program is ended (Ctrl-C).",
    (
        Option(
            "filter", "", "filter", REQUIRED, "FILTER", _O, "Only events that pass a filter.", Put("run.filter", parse=from_user)
        ),
        Option(
            "port", "", "port", REQUIRED, "NUM", _O, "Listen on this port of 127.0.0.1 (any).",
            Put("serve.port", parse=values.between("serve: --port", 1, 65535)),
        ),
        Option(
            "anonymise", "", "anonymise", NONE, "", _O,
            "Command lines, paths, addresses and names become numbered words (--report-anonymise); nothing else is answered.",
            Put("serve.anonymise"),
        ),
        *borrowed("rules", "config", "config_option", "enable_rule", "disable_rule", "enable_tag", "disable_tag"),
    ),
)  # fmt: skip


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError."""
    from pysysdig.alerts.make import alerting, render_options
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.reporting import document_of
    from pysysdig.cli.rule_loading import rules_with_all
    from pysysdig.events.table import CURRENT
    from pysysdig.report.anonymise import anonymised
    from pysysdig.report.page import page
    from pysysdig.sources.opening import expand
    from pysysdig.viewer.answers import Answers, Served
    from pysysdig.viewer.server import Server
    from pysysdig.workbench.explain import Explainer

    settings = draft.take("serve")
    port, anonymous = settings.get("port", 0), settings.get("anonymise", False)
    job = job_of(draft)
    names = [name for word in words for name in expand(word)]
    if not names:
        raise UsageError("serve: which captures? pysysdig serve FILE...")
    if len(names) > _MOST_FILES or "-" in names:
        raise UsageError(f"serve: name up to {_MOST_FILES} files")
    explainer = active = None
    if job.rules.alerts:
        config = alert_config(job)
        loaded, rules = rules_with_all(job.rules, config)
        active = alerting(rules, config, CURRENT, with_fields=False)
        if not anonymous:
            explainer = Explainer(loaded, rules, CURRENT, config.rule_matching, render_options(config))
    captures: list[Served] = []
    for name in names:
        sys.stderr.write(escaped(f"reading {name} ...\n"))
        document = document_of(job, name, active)
        if anonymous:
            captures.append(Served(f"capture {len(captures) + 1}", page(anonymised(document))))
        else:
            captures.append(Served(name, page(document | {"explains": explainer is not None}, served=True)))
    server = Server(Answers(captures, explainer, closed=anonymous), port)
    sys.stderr.write(f"{server.url}\n")
    sys.stderr.flush()
    try:
        server.serve()
    except KeyboardInterrupt:
        pass  # how it ends
    finally:
        server.release()
    return 0
