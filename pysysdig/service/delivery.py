"""From alerts to the outputs of the service, each with its worker: the Dispatcher of runs that do not end.

An alert is accepted once `send` returns: it is in the queues of the outputs of this machine (standard output, file, system log,
program), and in the spool for all outputs but standard output, until they have taken it. On a recording, whose events can be read
again, that is so of network outputs only.
"""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.forward import wanted
from pysysdig.alerts.outputs import OUTPUTS
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError
from pysysdig.output.stream import Output
from pysysdig.rules.config_tree import at, boolean
from pysysdig.service import fanout
from pysysdig.service.cursors import Cursor, Marked
from pysysdig.service.lane import CAPACITY, Lane, Memory, Store
from pysysdig.service.plan import Planned
from pysysdig.service.spool import Spool
from pysysdig.service.upkeep import Upkeep

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.log import Log

_UNMARKED = "stdout"  # what reads it is gone with the process


class Delivery:
    """The outputs at work.

    lanes    by name
    also     is given all alerts, too, with their lines; it does not wait
    """

    def __init__(self, config: ServiceConfig, log: Log, *, wait: bool = False) -> None:
        """wait: events wait for slow outputs (those of a recording do). Raises UsageError."""
        self.lanes: dict[str, Lane] = {}
        self._log = log
        self._wait = wait
        self._said: dict[str, object] = {}
        self._told: dict[str, float] = {}  # outputs whose calls take too long, and since when that is known
        self._spool: Spool | None = None
        self._upkeep: Upkeep | None = None
        self._spooled = False  # an output needs it
        self.also: Callable[[Sequence[Alert], Sequence[str]], None] | None = None
        self.spool_path = ""
        self._old: list[Lane] = []  # their last alerts are still to be delivered
        self.queue_drops = 0
        self.change(config)

    def change(self, config: ServiceConfig) -> None:
        """Take another configuration: outputs of which it says the same stay as they are. Raises UsageError; then nothing has
        changed."""
        plans = planned(config)
        made = {p.name: p.make() for p in plans if self._said.get(p.name, self) != p.said}
        for lane in [lane for name, lane in self.lanes.items() if name in made or name not in {p.name for p in plans}]:
            del self.lanes[lane.name]
            lane.end()
            self._old.append(lane)
        self._format = AlertFormat(config.rules)
        self._timeout = config.output_timeout
        kept = {p.name for p in plans if p.network or not (self._wait or p.name == _UNMARKED)}
        spool = self._opened(config) if kept else None
        for plan in plans:
            if plan.name in made:
                for old in [lane for lane in self._old if lane.name == plan.name]:
                    old.join(self._timeout)  # two of a name would deliver the same alerts
                capacity = config.capacity or CAPACITY
                store: Store = Memory(capacity)
                if spool is not None and plan.name in kept:
                    cursor = spool.cursor(plan.name)
                    store = cursor if plan.network else Marked(cursor, capacity)
                self.lanes[plan.name] = Lane(plan.name, made[plan.name], store, self._log, plan.accepts)
        self.lanes = {p.name: self.lanes[p.name] for p in plans}
        self._said = {p.name: p.said for p in plans}
        self._spooled = spool is not None
        if spool is not None and not self._wait:  # a recording is no reason to give up what waits
            spool.retire(list(kept))

    def _opened(self, config: ServiceConfig) -> Spool | None:
        """The spool; None (it is said) if there cannot be one."""
        if self._spool is None and config.spool.path:
            try:
                settings = config.spool
                self._spool = Spool(settings.path, self._log, max_bytes=settings.max_bytes, max_age=settings.max_age)
                self.spool_path = settings.path
                self._upkeep = Upkeep(self._spool)
            except PysysdigError as error:
                self._log.warning(f"{error}; alerts that outputs do not take are kept in memory only")
        return self._spool

    @property
    def spool_bytes(self) -> int | None:
        """Bytes of alerts in the spool, None: there is none."""
        return self._spool.bytes if self._spool is not None else None

    @property
    def reads_fields(self) -> bool:
        """As of a Dispatcher."""
        return self._spool is not None or any(lane.output.reads_fields for lane in self.lanes.values())

    @property
    def paths(self) -> list[str]:
        """As of a Dispatcher."""
        return [lane.output.path for lane in self.lanes.values() if lane.output.path]

    @property
    def failed(self) -> bool:
        """Whether alerts have been lost."""
        return any(lane.dropped or lane.refused or lane.error for lane in self.lanes.values())

    def send(self, alerts: Sequence[Alert]) -> None:
        """Alerts, in order."""
        if not alerts or not (self.lanes or self.also):
            return
        alerts = [alert if alert.uuid else alert._replace(uuid=str(uuid.uuid4())) for alert in alerts]
        items = list(zip(alerts, self._format.lines(alerts)))
        if self.also is not None:
            self.also(alerts, [line for _, line in items])
        last = self._spool.append(items) if self._spool is not None and self._spooled else 0
        for lane in self.lanes.values():
            lost = lane.put(items, wait=self._wait, last=last)
            if lost and not self.queue_drops:
                self._log.error("Outputs queue out of memory. Drop event and continue on ...")
            self.queue_drops += lost

    def reopen(self) -> None:
        """Files and programs are to be opened anew."""
        for lane in self.lanes.values():
            lane.reopen()

    def look(self) -> None:
        """From time to time: outputs whose call takes too long are named."""
        self._old = [lane for lane in self._old if not lane.join(0)]
        now = time.monotonic()
        for name, lane in self.lanes.items():
            since = lane.calling_since
            if since and now > since + self._timeout and self._told.get(name) != since:
                self._told[name] = since
                self._log.critical(f'"{name}" output timeout, its alerts wait; other outputs go on')

    def lost(self) -> Iterator[tuple[str, int]]:
        """For each output the alerts that it never got."""
        for name, lane in self.lanes.items():
            yield name, lane.dropped + lane.refused + (lane.store.lost if isinstance(lane.store, Cursor) else 0)

    def close(self) -> None:
        """As of a Dispatcher. What network outputs have not taken stays in the spool for the next start."""
        lanes = [*self._old, *self.lanes.values()]
        for lane in lanes:
            lane.end()
        until = time.monotonic() + self._timeout
        late = []
        for lane in lanes:
            far = isinstance(lane.store, Cursor)  # no need to wait for all of it, which is on disk
            if not lane.join(max(until - time.monotonic(), 0.1) if far else self._timeout, once=far):
                late.append(lane)
        gone = [lane for lane in late if not lane.store.lasting]
        if gone:
            self._log.notice("output channels still blocked, discarding all remaining notifications")
        for lane in lanes:
            if lane.store.lasting and lane.waiting:
                self._log.notice(f"{lane.name}: {lane.waiting} alerts wait in {self.spool_path} for the next start")
            elif lane.waiting:
                lane.dropped += lane.waiting
        if self._upkeep is not None and self._spool is not None:
            self._upkeep.end()
            self._spool.close()


def planned(config: ServiceConfig) -> list[Planned]:
    """The outputs that a configuration enables: Falco's in its order, then the others. Raises UsageError."""
    plans = []
    for row in OUTPUTS:
        section = config.rules.section(f"{row.name}_output")
        if boolean(section, "enabled", False):
            setting = Setting(row.name, section, Output(), config.rules.json_output)
            said: tuple[Any, ...] = (section, config.rules.json_output)
            routed = at(config.tree, f"pysysdig.routes.{row.name}")
            accepts = wanted(routed, f"pysysdig.routes.{row.name}") if isinstance(routed, dict) else None
            plans.append(Planned(row.name, (*said, routed), functools.partial(_made, row.module, setting), row.network, accepts))
    return plans + fanout.planned(config)


def _made(module: str, setting: Setting) -> AlertOutput:
    output: AlertOutput = import_module(module).Output(setting)
    return output
