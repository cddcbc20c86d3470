"""Reports on the command line: the consumer that sums a capture up, the one that gathers its alerts, and what writes the page."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.alerts.make import alerting
from pysysdig.cli import startup
from pysysdig.cli.alert_config import alert_config
from pysysdig.cli.consumer import Consumer, Start
from pysysdig.cli.rule_loading import rules_to_try
from pysysdig.cli.run import Run
from pysysdig.errors import OutputError, PysysdigError, UsageError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.fields.lookup import lookup
from pysysdig.output.stream import Output
from pysysdig.replay import Beside, Limits, Wanted
from pysysdig.report.alerts import AlertLog, Place
from pysysdig.report.anonymise import anonymised
from pysysdig.report.collect import Collector
from pysysdig.report.comparison import compared
from pysysdig.report.document import NO_ALERTS, About, document
from pysysdig.report.page import page
from pysysdig.report.text import shown
from pysysdig.sources.files import File, identities
from pysysdig.sources.opening import expand
from pysysdig.state.levels import THREAD
from pysysdig.views.feed import LEVEL

if TYPE_CHECKING:
    import numpy.typing as npt

    from pysysdig.alerts.make import AlertMaker
    from pysysdig.rules.active import ActiveRules
    from pysysdig.settings import Job
    from pysysdig.sources.opening import AnyCapture
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]


class Summing(Consumer):
    """Sums one capture up: the events that are wanted. It filters itself, as views do."""

    from_first = True

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._collector: Collector | None = None
        self._capture: AnyCapture | None = None
        self.host = ""
        self.losses: list[tuple[int, int, int]] = []
        self.data: dict[str, Any] | None = None

    def needs(self, generation: str) -> int:
        chosen = self._wanted.filter(generation)
        return LEVEL if chosen is None else max(LEVEL, chosen.needs)

    def begin(self, start: Start) -> bool:
        if start.live is None:
            self._capture = start.capture  # type: ignore[assignment]
        return True

    def deliver(self, view: EventView, sel: Ints) -> bool:
        if self._collector is None:
            self._collector = Collector(view.generation, self._wanted.text)
        self._collector.add(view, sel)
        startup.keep()  # what is summed up stays: nobody need look through it for cycles again
        return False

    def end(self) -> None:
        if self._capture is not None:
            self.losses = self._capture.take_losses()
            self.host = self._capture.snapshot.hostname
        if self._collector is not None:
            self.data = self._collector.close()


class Gathering(Consumer):
    """Gathers the alerts of rules, which see the events as the current libraries do."""

    def __init__(self, active: ActiveRules[AlertMaker], wanted: Wanted, *, names: bool) -> None:
        """wanted: the events that rules are tried on; names: whether users have any."""
        self._active = active
        self._beside = Beside(wanted, max(active.needs, THREAD), names=names)
        self._tid = lookup("thread.tid")
        self._limits = Limits()
        self.log = AlertLog(len(active.rules))

    def begin(self, start: Start) -> bool:
        self._limits = start.limits
        return True

    def deliver(self, view: EventView, sel: Ints) -> bool:
        until = view.batch.ts_of(sel[-1:])  # of the last event that counts
        view, chosen = self._beside.look(view)
        engine, maker = self._active.compiled(view.generation)
        positions, indexes = engine.match(view, chosen)
        if self._limits.done and len(positions):
            early = view.batch.ts_of(positions) <= until if len(until) else np.zeros(len(positions), bool)
            positions, indexes = positions[early], indexes[early]
        if len(positions):
            places = map(Place, self._tid.column(view, positions).tolist(), view.batch.num_of(positions).tolist())
            self.log.add(zip(maker.make(view, positions, indexes), places))
        return False


def perform(job: Job) -> int:
    """Write the report of a job; returns the exit status. Raises PysysdigError."""
    names = [name for path in job.run.files for name in expand(path)]
    if len(names) != 1:
        raise UsageError("--report is of one capture: name it with -r")
    path = job.report.path
    against = [job.report.against] if job.report.against else []
    if path != "-" and identities([path]) & identities([*names, *against, *job.rules.files]):
        raise UsageError(f"the report would be written to {path}, which is read; name another file")
    made = document_of(job, names[0], rules_of(job))
    content = page(anonymised(made) if job.report.anonymise else made)
    if path == "-":
        try:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from None
        return 0
    try:
        file = File(path)
        try:
            file.write(content)
        finally:
            file.close()
    except OSError as error:
        raise PysysdigError(f"{path}: can't write it: {error.strerror or error}") from None
    return 0


def rules_of(job: Job) -> ActiveRules[AlertMaker] | None:
    """The rules that a job tries, None if it tries none. Raises PysysdigError."""
    if not job.rules.alerts:
        return None
    config = alert_config(job)
    return alerting(rules_to_try(job.rules, config), config, CURRENT, with_fields=False)


def document_of(job: Job, name: str, rules: ActiveRules[AlertMaker] | None) -> dict[str, Any]:
    """What there is to say of one capture, with the alerts of rules. Raises PysysdigError."""
    wanted = Wanted(job.run.filter)
    gathering = None
    if rules is not None:
        rules.restart()
        gathering = Gathering(rules, Wanted(job.run.filter, CURRENT), names=not job.run.exclude_users)
    out = Output()
    summing = _summed(job, name, wanted, out, gathering)
    data = summing.data or {}
    if job.report.against:
        other = _summed(job, job.report.against, wanted, out).data or {}
        data["compared"] = compared(data, other, shown(from_user(os.path.basename(job.report.against))))
    alerts = gathering.log.data(data["line"]) if gathering is not None else NO_ALERTS
    about = About(from_user(os.path.basename(name)), summing.host, wanted.text, _command(job), summing.losses)
    return document(about, data, alerts)


def _summed(job: Job, name: str, wanted: Wanted, out: Output, beside: Consumer | None = None) -> Summing:
    """A capture, summed up; its events also go to another consumer. Raises UsageError if there is nothing in it."""
    summing = Summing(wanted)
    consumers = [summing] if beside is None else [summing, beside]
    Run(job.run._replace(files=(name,)), job.live, consumers, out, wanted=Wanted(""), limit=job.run.limit, last=False).run()
    if summing.data is None:
        raise UsageError(f"there are no events in {to_display(from_user(name))}: nothing to report")
    return summing


def _command(job: Job) -> str:
    """The command line that makes the report again, as byte text."""
    words = ["pysysdig", *(word for path in job.run.files for word in ("-r", os.path.basename(path)))]
    words += [word for path in job.rules.files for word in ("--rules", os.path.basename(path))]
    words += ["--against", os.path.basename(job.report.against)] if job.report.against else []
    words += ["--report", os.path.basename(job.report.path)]
    return from_user(shlex.join([*words, *([to_display(job.run.filter)] if job.run.filter else [])]))
