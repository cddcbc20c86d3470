"""What is said at the start, in Falco's words, and where log lines go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.model import host_name
from pysysdig.alerts.syslog import SystemLog
from pysysdig.errors import PysysdigError
from pysysdig.events.text import from_user
from pysysdig.service import loaded
from pysysdig.service.config import load as load_config
from pysysdig.service.delivery import planned
from pysysdig.service.fetch import Fetcher
from pysysdig.service.intake import check_inputs
from pysysdig.service.log import Log
from pysysdig.service.versions import FALCO
from pysysdig.service.web import tls_context

if TYPE_CHECKING:
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.loaded import Compile, Loaded


def begin(state: Loaded, log: Log) -> None:
    """Falco's first lines."""
    log.info(f"Falco version: {FALCO} ({os.uname().machine})")
    if state.config_files:
        log.info("Falco initialized with configuration files:")
    for file in state.config_files:
        (log.warning if file.deviations else log.info)(f"   {file.verdict}")
    log.info(f"System info: {_kernel()}")
    say_rules(state, log)
    if state.config.unserved:
        log.info(f"Keys without effect here: {', '.join(state.config.unserved)}")
    if "FALCO_HOSTNAME" in os.environ:
        log.info(f"Hostname value has been overridden via environment variable to: {host_name()}")


def say_rules(state: Loaded, log: Log) -> None:
    """The rule files, and what there is to say about them."""
    log.info("Loading rules from:")
    for file in state.rule_files:
        (log.warning if file.deviations else log.info)(f"   {file.verdict}")
    for remark in state.remarks:
        log.warning(remark.rstrip("\n"))


def fetcher(path: str, options: Sequence[str], compile_: Compile) -> Fetcher | None:
    """What fetches rules, if that is wanted. It tries what it has fetched with the other rules. Raises PysysdigError."""
    config = load_config(path, options)

    def try_(folder: str) -> None:
        trial = load_config(path, options)
        current = config.fetch.current
        trial.rules.rules_files = [folder if name == current else name for name in trial.rules.rules_files]
        compile_(trial)

    return Fetcher(config.fetch, made_log(config), try_) if config.fetch.url else None


def dry_run(
    path: str, options: Sequence[str], given: Sequence[str], compile_: Compile, recorded: Callable[[Loaded], str]
) -> None:
    """Read everything and say so, rules that are to be fetched among it: these go to a folder that is thrown away. recorded:
    says what is recorded. Raises PysysdigError."""
    with tempfile.TemporaryDirectory() as folder:
        options = [*options, f"pysysdig.rules.folder={folder}"]
        fetching = None if given else fetcher(path, options, compile_)
        if fetching is not None and not fetching.look():
            raise PysysdigError(fetching.error)
        state = loaded.load(path, options, given, compile_)
        log = made_log(state.config)
        begin(state, log)
    log.debug(recorded(state))
    for plan in planned(state.config):
        plan.make().close()
    check_inputs(state.config)
    for server in (state.config.web, state.config.receiver):
        if server.enabled:
            tls_context(server)
    log.info("Dry run: everything that can be checked without running is all right")


def made_log(config: ServiceConfig) -> Log:
    """Where a configuration wants log lines to go. What the system log does not take is lost there."""
    if not config.log_syslog:
        return Log(config.log_level, stderr=config.log_stderr, iso=config.rules.time_format_iso_8601)
    system = SystemLog()

    def send(level: int, text: str) -> None:
        try:
            for line in text.split("\n"):
                system.send(level, from_user(line))
        except PysysdigError:
            pass

    return Log(config.log_level, stderr=config.log_stderr, system=send, iso=config.rules.time_format_iso_8601)


def _kernel() -> str:
    try:
        with open("/proc/version") as file:
            return file.read().strip()
    except OSError:
        return " ".join(os.uname())
