"""The consumer of the service: rules that can be swapped between two batches, while state and counters stay."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import AlertMaker, alerting, drop_alert
from pysysdig.capture import interest
from pysysdig.capture.base_calls import BaseCalls
from pysysdig.capture.calls import NUMBERS
from pysysdig.capture.live import INTERVAL
from pysysdig.cli.rule_loading import known_rules, switches
from pysysdig.cli.rules import Alerting
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.render.times import stamps
from pysysdig.rules.active import ActiveRules
from pysysdig.rules.drops import ALERT, EXIT, LOG, DropMonitor, Loss
from pysysdig.rules.engine import active_rules
from pysysdig.service.daemon import DEBUG, INFORMATIONAL
from pysysdig.state.levels import FD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.cli.consumer import Start
    from pysysdig.output.stream import Output
    from pysysdig.rules.config import RuleConfig
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.daemon import Service
    from pysysdig.service.loaded import Loaded
    from pysysdig.service.lookback import LookBack
    from pysysdig.settings import RuleSettings
    from pysysdig.state.view import EventView

_SILENCE = "Falco internal: timeouts notification"
_LIMIT = "Falco internal: capture size limit reached"
_SIZE_EVERY = 5.0  # seconds between two looks at how much the state knows

Ints = npt.NDArray[np.int64]


class Serving(Alerting):
    """Raises the alerts of a service's rules, and looks after the service between batches."""

    pulse = 0.5

    def __init__(self, settings: RuleSettings, service: Service, captures: Sequence[str], out: Output) -> None:
        self._service = service
        self._limits_reached = 0
        self._back: LookBack | None = None
        self._silent_since = time.monotonic()
        self._sized = 0.0  # when the state was measured (monotonic)
        super().__init__(settings, service.state.config.rules, captures, None, quiet=False, out=out, outputs=service)

    def compiled(self, settings: RuleSettings, config: RuleConfig) -> ActiveRules[AlertMaker]:
        return self._service.state.rules

    def begin(self, start: Start) -> bool:
        capture = self._service.state.config.capture
        if start.live is not None and capture.enabled:
            from pysysdig.service.lookback import LookBack

            self._back = LookBack(capture, start.live.snapshot, start.live.generation, self._service.log)
            start.live.listen(self._back.feed)
        self._service.opened(start.live, start.name)
        if start.live is not None:
            self._service.log.debug(recorded(self._service.state))
        return super().begin(start)

    def needs(self, generation: str) -> int:
        """Threads and descriptors in any case, for rules that come later. Running counters and lists of descriptors only if the
        first rules need them."""
        self._service.level = max(self._level, FD)
        return self._service.level

    def deliver(self, view: EventView, sel: Ints) -> bool:
        self._measure(view)
        self._look_at_capture()
        swapped = self._service.look()
        if swapped is not None:
            self._swap(swapped)
        return super().deliver(view, sel)

    def _measure(self, view: EventView) -> None:
        meters = self._service.meters
        live = self._live
        self._watch_silence(len(view) > 0)
        seen = live.seen if live is not None else meters.events + len(view)
        meters.seen(seen, live.drops if live is not None else 0, int(view.batch.ts[-1]) if len(view) else 0)
        if time.monotonic() >= self._sized + _SIZE_EVERY:
            self._sized = time.monotonic()
            meters.threads = len(view.threads.current)
            meters.fds = sum(len(table) for table in view.fds.tables if table) if view.inspector.with_fds else 0

    def _watch_silence(self, events: bool) -> None:
        """Falco looks for events every 30 ms, and says so if it has found none for too many times."""
        if self._live is None:
            return
        now = time.monotonic()
        most = self._service.state.config.timeouts
        if events:
            self._silent_since = now
        elif now >= self._silent_since + most * INTERVAL:
            self._silent_since = now
            last = self._service.meters.last_event
            shown = stamps(np.array([last], np.uint64)).items[0] if last else "none"
            text = f"{_SILENCE}. {most} consecutive timeouts without event."
            self._service.internal(_SILENCE, DEBUG, text, {"last_event_time": shown})

    def _alert(self, view: EventView, positions: Ints, indexes: Ints) -> None:
        """Alerts, with the names of the traces that they ask for."""
        back = self._back
        if back is None or not len(positions):
            super()._alert(view, positions, indexes)
            return
        self._counts.add(indexes.tolist())
        alerts = self._active.compiled(view.generation)[1].make(view, positions, indexes)
        numbers = view.batch.num[positions].tolist()
        rules = [self._active.rules[index] for index in indexes.tolist()]
        for at, (alert, number, rule) in enumerate(zip(alerts, numbers, rules)):
            if rule.capture or back.settings.every or back.path:
                path = back.trigger(alert.time, number, rule.capture_duration / 1000 or back.settings.duration)
                if path:
                    fields = {**alert.fields, "capture.file": path}
                    text = f"{alert.text} capture_file={path}"
                    alerts[at] = alert._replace(text=text, fields={name: fields[name] for name in sorted(fields)})
        self._service.send(alerts)

    def _look_at_capture(self) -> None:
        back = self._back
        if back is not None:
            back.look(time.time_ns())
            if back.limits_reached > self._limits_reached:
                self._limits_reached = back.limits_reached
                most = back.settings.max_bytes >> 20
                text = f"{_LIMIT}. Configured limit: {most} MB."
                self._service.internal(_LIMIT, INFORMATIONAL, text, {"max_file_size_mb": str(most)})

    def conclude(self) -> None:
        if self._back is not None:
            self._back.end()
        self._service.intake.close()
        self._counts.add_by_name(self._service.intake.counts)
        super().conclude()

    def _act(self, loss: Loss) -> None:
        """As Falco: what is to be logged is so for those who look for faults."""
        actions = self._config.syscall_event_drops.actions
        if LOG in actions:
            self._service.log.debug(loss.message)
        if ALERT in actions:
            self._service.send([drop_alert(loss)])
        if EXIT in actions:
            self._service.log.critical(f"{loss.message} Exiting.")
            self._exits = True
            raise PysysdigError("Drop manager internal error")

    def _swap(self, loaded: Loaded) -> None:
        self._active = loaded.rules
        self._config = loaded.config.rules
        self._counts = self._counts.following(loaded.rules.rules)
        self._monitor = DropMonitor(self._config.syscall_event_drops)
        if self._live is not None:
            self._live.want(loaded.rules.event_types(), base_calls(loaded.config))
            self._service.log.debug(recorded(loaded))


def compiled(settings: RuleSettings, config: ServiceConfig) -> tuple[ActiveRules[AlertMaker], list[str]]:
    """The rules of a configuration, and what there is to say about their files. Raises PysysdigError."""
    known = known_rules(settings, config.rules)
    rules = active_rules(known.rules, config.rules.priority, switches(settings, config.rules))
    remarks = list(known.remarks)
    if strange := base_calls(config).unknown:
        remarks.append(f"Invalid syscall names: warning (base_syscalls override): {', '.join(strange)}")
    return alerting(rules, config.rules, CURRENT, with_fields=True), remarks


def base_calls(config: ServiceConfig) -> BaseCalls:
    """What is recorded besides what rules look at."""
    return BaseCalls(config.base_calls, config.repair)


def recorded(state: Loaded) -> str:
    """Falco's line about the system calls that are recorded."""
    numbers = interest.numbers(interest.names(state.rules.event_types()), base_calls(state.config)) or set()
    names = sorted(name for name, number in NUMBERS.items() if number in numbers)
    return f"({len(names)}) syscalls selected in total (final set): {', '.join(names)}"
