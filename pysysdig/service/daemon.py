"""The service itself: what it was started with, its outputs, what it says and does between batches of events."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pysysdig.alerts.model import INTERNAL, Alert, host_name
from pysysdig.errors import PysysdigError
from pysysdig.rules.model import PRIORITIES
from pysysdig.service import loaded, privileges, snapshot
from pysysdig.service.delivery import Delivery
from pysysdig.service.folding import Folding
from pysysdig.service.intake import Intake, check_inputs
from pysysdig.service.meters import Meters
from pysysdig.service.notify import Notifier
from pysysdig.service.reload import Reloader
from pysysdig.service.servers import Servers
from pysysdig.service.starting import begin, fetcher, made_log, say_rules
from pysysdig.state.levels import ORDERS

if TYPE_CHECKING:
    from pysysdig.service.fetch import Fetcher
    from pysysdig.service.loaded import Compile, Loaded

_LOST_EVERY = 30.0  # seconds between two alerts about alerts that were dropped
_RESTART_FAILURE = "Falco internal: hot restart failure"
_ALERTS_DROPPED = "Falco internal: alerts dropped"
CRITICAL, ERROR, INFORMATIONAL, DEBUG = (PRIORITIES.index(name) for name in ("Critical", "Error", "Informational", "Debug"))


class LiveState(Protocol):
    """What there is to know about a live capture.

    drops    events lost so far; drops_by_cpu: on each CPU
    seen     events so far, the lost ones among them; seen_by_cpu: on each CPU
    program_runs   by the names of BPF programs: how often each has run, and for how many ns; empty where that is not counted
    behind   seconds between the first event of the latest batch and its delivery
    """

    @property
    def drops(self) -> int: ...

    @property
    def drops_by_cpu(self) -> list[int]: ...

    @property
    def seen(self) -> int: ...

    @property
    def seen_by_cpu(self) -> list[int]: ...

    @property
    def program_runs(self) -> dict[str, tuple[int, int]]: ...

    @property
    def behind(self) -> float: ...


class Service:
    """See the module. It is where a run's alerts go (alerts.dispatch.Outputs).

    state       what it runs with
    servers, intake, delivery, folding, meters, fetcher   its parts
    live        the running machine, once it is captured; `open`: whether events come; `looked`: when last (monotonic)
    level       of state, that there is
    """

    def __init__(self, path: str, options: Sequence[str], given: Sequence[str], compile_: Compile, *, recording: bool) -> None:
        """Read configuration and rules, say so, start the outputs. path, options, given: as of loaded.load; recording: events
        come from a file, and wait for outputs. Raises PysysdigError."""
        self._arguments = path, tuple(options), tuple(given), compile_
        self._recording = recording
        self.live: LiveState | None = None
        self.level = ORDERS  # of state, that there is; whoever runs with less says so
        self.fetcher = self._fetcher()
        self.state: Loaded = loaded.load(*self._arguments)
        self.log = made_log(self.state.config)
        self.started_ns = self.reloaded_ns = time.time_ns()
        begin(self.state, self.log)
        self.delivery = Delivery(self.state.config, self.log, wait=recording)
        self.meters = Meters(self.state.config.labels)
        self._sending = threading.Lock()  # alerts come from events and from others
        self._notifier = Notifier()
        self.open = False
        self.looked = time.monotonic()
        self.failed_reloads = 0
        self.folding = Folding(self.state.config.folding)
        self.intake = Intake(self)
        self.servers = Servers(self)
        if not recording:
            self.servers.follow(self.state.config)
            self.intake.follow(self.state.config)
        self._snapshots = snapshot.Snapshots()
        if self.state.config.metrics.enabled:
            settings = self.state.config.metrics
            self.log.info(f"Setting metrics interval to {settings.shown}, equivalent to {settings.interval * 1000:.0f} (ms)")
        self._lost: dict[str, int] = {}
        self._lost_at = 0.0
        self._reopen = self._closed = False
        if self.fetcher is not None:
            self.fetcher.start()
        watch = self.state.config.watch and not recording
        self._reloader = Reloader(path, options, given, compile_, self.state, watch=watch)

    def _fetcher(self) -> Fetcher | None:
        """What fetches rules, if that is wanted; those that are there now are there when this returns. Raises PysysdigError."""
        path, options, given, compile_ = self._arguments
        made = None if given or self._recording else fetcher(path, options, compile_)
        if made is not None:
            made.look()
        return made

    def opened(self, live: LiveState | None, name: str) -> None:
        """A capture begins: live, or of this name."""
        self.live = live
        self.open = True
        self.looked = time.monotonic()
        named = ", ".join(["syscall", *self.intake.names])
        self.log.info(f"Loaded event sources: {named}")
        self.log.info(f"Enabled event sources: {named}")
        if live is not None:
            self.log.info("Opening 'syscall' source with modern BPF probe.")
            self.log.info("One ring buffer for all CPUs.")
            user = self.state.config.user
            if user:
                privileges.drop(user, self.delivery.spool_path)
                self.log.info(f"Privileges are dropped: user {user}, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH")
        elif name:
            self.log.info(f"Replaying the scap file: {name}")
        else:
            self.log.info("Opening 'syscall' source with no driver. Only alerts of others are delivered.")
        self._notifier.ready(self._status())

    def _status(self) -> str:
        """In a line."""
        meters = self.meters
        waiting = sum(lane.waiting for lane in list(self.delivery.lanes.values()))
        raised = sum(meters.rules.values())
        return f"{len(self.state.rules.rules)} rules, {raised} alerts, {waiting} waiting, {meters.lost} events lost"

    # as of Outputs

    @property
    def reads_fields(self) -> bool:
        """Alerts are records here: always."""
        return True

    @property
    def paths(self) -> list[str]:
        """The files that outputs write."""
        return self.delivery.paths

    @property
    def failed(self) -> bool:
        """Whether alerts have been lost."""
        return self.delivery.failed

    def send(self, alerts: Sequence[Alert]) -> None:
        """Alerts, in order."""
        with self._sending:
            self.meters.alerts(alerts, live=self.live is not None)
            self.delivery.send(self.folding.pass_on(alerts))

    def forward(self, alerts: Sequence[Alert]) -> None:
        """Alerts that others have raised. In any thread; they are accepted when this returns."""
        with self._sending:
            self.meters.alerts(alerts, live=False)
            self.delivery.send(self.folding.pass_on(alerts))

    def internal(self, rule: str, priority: int, text: str, fields: dict[str, Any] | None = None) -> None:
        """An alert about the program itself."""
        self.send([Alert(time.time_ns(), priority, rule, INTERNAL, (), host_name(), text, fields or {})])

    # between batches

    def ask_reload(self) -> None:
        """Read everything anew, soon. Safe in a signal handler."""
        self._reloader.ask()

    def ask_reopen(self) -> None:
        """Open files and programs anew, soon. Safe in a signal handler."""
        self._reopen = True

    def look(self) -> Loaded | None:
        """What there is to do between two batches; returns what the run is to go on with, None: nothing has changed."""
        if self._reopen:
            self._reopen = False
            self.log.info("SIGUSR1 received, reopening outputs...")
            self.delivery.reopen()
        if self._reloader.look():
            self._notifier.reloading()
        self.looked = time.monotonic()
        self.delivery.look()
        with self._sending:
            self.delivery.send(self.folding.due())
        self._tell_lost()
        self._snapshot()
        self._notifier.alive(self._status())
        return self._swapped()

    def _tell_lost(self) -> None:
        if time.monotonic() < self._lost_at + _LOST_EVERY:
            return
        now = dict(self.delivery.lost())
        new = {name: count - self._lost.get(name, 0) for name, count in now.items() if count > self._lost.get(name, 0)}
        self._lost = now
        if new:
            self._lost_at = time.monotonic()
            said = ", ".join(f"{name}: {count}" for name, count in new.items())
            self.log.error(f"alerts dropped: {said}")
            self.internal(_ALERTS_DROPPED, ERROR, f"{_ALERTS_DROPPED}. {said}.", {name: str(n) for name, n in new.items()})

    def _snapshot(self) -> None:
        settings = self.state.config.metrics
        if not settings.enabled or not (settings.rule or settings.file) or not self._snapshots.due(settings.interval):
            return
        fields = self._snapshots.take(self)
        if settings.rule:
            self.internal(snapshot.RULE, INFORMATIONAL, snapshot.TEXT, fields)
        if settings.file:
            try:
                self._snapshots.write(settings.file, fields)
            except OSError as error:
                self.log.error(f"metrics: {settings.file}: {error.strerror}")

    def _swapped(self) -> Loaded | None:
        pending = self._reloader.take()
        if isinstance(pending, PysysdigError):
            self._refuse(pending)
            return None
        if pending is None:
            return None
        try:
            if pending.rules.needs > self.level:
                more = "running counters or lists (proc.vmsize ..., fd.types)"
                raise PysysdigError(f"the rules need {more}, which are kept from a start on: restart")
            if not self._recording:
                check_inputs(pending.config)
            with self._sending:
                self.delivery.change(pending.config)
        except PysysdigError as error:
            self._refuse(error)
            return None
        self.log.info("SIGHUP received, restarting...")
        self.state = pending
        self.log.become(made_log(pending.config))
        if pending.config.folding != self.folding.settings:
            self.delivery.send(self.folding.due(all_=True))
            self.folding = Folding(pending.config.folding)
        self.reloaded_ns = time.time_ns()
        say_rules(pending, self.log)
        try:
            self.servers.follow(pending.config)
            self.intake.follow(pending.config)
        except PysysdigError as error:
            self.log.critical(error.render())
        shown = ", ".join(f"{os.path.basename(f.path)} {f.sha256[:12]}" for f in pending.rule_files)
        self.log.info(f"Reloaded: {len(pending.rules.rules)} rules are on ({shown})")
        self._notifier.ready(self._status())
        return pending

    def _refuse(self, error: PysysdigError) -> None:
        self.failed_reloads += 1
        text = f"{_RESTART_FAILURE}: {error.render()}"
        self.log.critical(f"{text}; what was loaded before stays")
        self.internal(_RESTART_FAILURE, CRITICAL, text)
        self._notifier.ready(self._status())

    def close(self) -> None:
        """The run is over. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self.fetcher is not None:
            self.fetcher.close()
        self._notifier.stopping()
        self.delivery.send(self.folding.due(all_=True))
        self._reloader.close()
        self.servers.close()
        self.intake.close()
        self.delivery.close()
