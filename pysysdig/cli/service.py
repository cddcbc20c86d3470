"""`pysysdig service`: rules for as long as the machine runs, started with Falco's own configuration."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from pysysdig.cli import startup, values
from pysysdig.cli.meanings import Act, Add, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError
from pysysdig.output.stream import Output, say
from pysysdig.output.terminal import escaped
from pysysdig.settings import LiveSettings, RuleSettings, RunSettings

if TYPE_CHECKING:
    from pysysdig.alerts.make import AlertMaker
    from pysysdig.rules.active import ActiveRules
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.daemon import Service

CONFIG = "/etc/falco/falco.yaml"
_BAD_PID_FILE = 255
_LOOK = 0.5  # seconds between two looks where no events come

SYNTAX = Syntax(
    "service",
    "",
    "Run Falco's rules as a service: a falco.yaml says which, where alerts go, and what else is served (docs/service.md). "
    "SIGHUP reads everything anew, SIGUSR1 opens files anew, SIGTERM ends it.",
    (
        Option("config", "c", "config", REQUIRED, "FILE", "", f"Falco's configuration; {CONFIG}.", Put("config", parse=str)),
        Option(
            "option", "o", "option", REQUIRED, "KEY=VALUE", "", "Set a key of the configuration; may be repeated.", Add("options")
        ),
        Option("rules", "r", "rules", REQUIRED, "FILE", "", "Rules in place of those of the configuration.", Add("rules")),
        Option(
            "rules_url", "", "rules-url", REQUIRED, "URL", "", "Fetch signed rules, https:// or oci:// (pysysdig.rules.url).",
            Add("options", lambda url: f"pysysdig.rules.url={url}"),
        ),
        Option("dry_run", "", "dry-run", NONE, "", "", "Read everything, say what is wrong, and end.", Put("dry_run")),
        Option(
            "test_outputs", "", "test-outputs", NONE, "", "", "Send a test alert to each output and say what came back.",
            Act("test_outputs", ends=False),
        ),
        Option("support", "", "support", NONE, "", "", "Print what those who help ask for, as JSON.", Act("support", ends=False)),
        Option("config_schema", "", "config-schema", NONE, "", "", "Print the schema of configurations.", Act("config_schema")),
        Option("rule_schema", "", "rule-schema", NONE, "", "", "Print the schema of rule files.", Act("rule_schema")),
        Option("version", "", "version", NONE, "", "", "Print versions.", Act("version")),
        Option(
            "duration", "M", "", REQUIRED, "SECONDS", "", "End after SECONDS of event time.",
            Put("duration", parse=values.duration),
        ),
        Option("pidfile", "P", "pidfile", REQUIRED, "FILE", "", "Write the process id to FILE.", Put("pidfile", parse=str)),
        Option("unbuffered", "U", "unbuffered", NONE, "", "", "Alerts are always written at once.", Put("unbuffered")),
        Option("verbose", "v", "", NONE, "", "", "Print statistics at the end.", Put("verbose")),
    ),
)  # fmt: skip


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises PysysdigError, BrokenPipeError."""
    if words:
        raise UsageError(f"service: what is {words[0]}?")
    told = _information(draft.action)
    if told:
        say(told)
        return 0
    path = draft.values.get("config", CONFIG)
    if not os.path.isfile(path):
        raise UsageError(f"Could not find configuration file at {path}")
    options, rules = draft.values.get("options", ()), draft.values.get("rules", ())
    if draft.action == "support":
        from pysysdig.service.support import report

        given = [word for flag, values in (("-o", options), ("-r", rules)) for value in values for word in (flag, value)]
        say(report(["pysysdig", "service", "-c", path, *given, "--support"], path, options, rules))
        return 0
    if draft.action == "test_outputs":
        return _test_outputs(path, options)
    # a signal that comes before there is anything to end waits for the run (cli.run)
    blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        return _serve(path, options, rules, draft.values)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _test_outputs(path: str, options: Sequence[str]) -> int:
    """The status is 1 if one of them did not take it."""
    from pysysdig.service.config import load
    from pysysdig.service.trial import outputs

    told = outputs(load(path, options))
    say("".join(f"{name}: {escaped(wrong) or 'ok'}\n" for name, wrong in told) or "no output is enabled\n")
    return int(any(wrong for _, wrong in told))


def _serve(path: str, options: Sequence[str], rules: Sequence[str], chosen: dict[str, object]) -> int:
    from pysysdig.cli.run import Run
    from pysysdig.cli.serving import Serving, compiled, recorded
    from pysysdig.events.table import CURRENT
    from pysysdig.replay import Wanted
    from pysysdig.service.config import load
    from pysysdig.service.daemon import Service

    settings = RuleSettings(files=tuple(rules))

    def compile_(config: ServiceConfig) -> tuple[ActiveRules[AlertMaker], list[str]]:
        return compiled(settings, config)

    if chosen.get("dry_run"):
        from pysysdig.service.starting import dry_run

        dry_run(path, options, rules, compile_, recorded)
        return 0
    config = load(path, options)
    recording = config.rules.capture_file
    service = Service(path, options, rules, compile_, recording=bool(recording))
    if not _pid_file(str(chosen.get("pidfile", "")), service):
        return _BAD_PID_FILE
    duration = chosen.get("duration", 0)
    run_settings = RunSettings(
        files=(recording,) if recording else (),
        duration=duration if isinstance(duration, int) else 0,
        verbose=bool(chosen.get("verbose")),
    )
    if config.blind:
        return _collect(service)
    out = Output()
    serving = Serving(settings, service, run_settings.files, out)
    live = LiveSettings(
        snaplen=service.state.config.snaplen or None,
        base_calls=service.state.config.base_calls,
        repair=service.state.config.repair,
        engines=service.state.config.engines,
        collector=service.state.config.collector,
    )
    handlers = {signal.SIGHUP: lambda *_: service.ask_reload(), signal.SIGUSR1: lambda *_: service.ask_reopen()}
    with startup.handling(handlers), closing(service):
        Run(
            run_settings, live, [serving], out, wanted=Wanted("", CURRENT), limit=None, convert=True,
            hangs_up=False,
        ).run()  # fmt: skip
    return int(bool(recording) and serving.failed)


def _collect(service: Service) -> int:
    """engine.kind: nodriver. No events are looked at: the alerts of others are delivered until somebody ends it."""
    ended = threading.Event()
    handlers = {
        signal.SIGHUP: service.ask_reload,
        signal.SIGUSR1: service.ask_reopen,
        signal.SIGINT: ended.set,
        signal.SIGTERM: ended.set,
    }
    with startup.handling({number: lambda *_, do=do: do() for number, do in handlers.items()}), closing(service):
        service.opened(None, "")
        while not ended.wait(_LOOK):
            service.look()
    return 0


def _information(action: str) -> str:
    if action == "config_schema":
        from pysysdig.service import keys

        return keys.schema()
    if action == "rule_schema":
        from pysysdig.rules.schema import schema

        return schema()
    if action == "version":
        from pysysdig.service.versions import text

        return text()
    return ""


def _pid_file(path: str, service: Service) -> bool:
    """Whether the number of the process has been written, if somebody wants it."""
    if not path:
        return True
    try:
        with open(path, "w") as file:
            file.write(str(os.getpid()))
    except OSError as error:
        service.log.error(f"Could not write pid to pidfile {path}. Error: {error.strerror}")
        service.close()
        return False
    return True
