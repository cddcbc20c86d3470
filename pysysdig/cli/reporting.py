"""Reports on the command line: the consumer that sums a capture up, the one that gathers its alerts, and what writes the page."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.alerts.make import alerting
from pysysdig.cli.alert_config import alert_config
from pysysdig.cli.consumer import Consumer, Start
from pysysdig.cli.rule_loading import rules_to_try
from pysysdig.cli.run import Run
from pysysdig.errors import OutputError, PysysdigError, UsageError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.fields.lookup import lookup
from pysysdig.output.stream import Output
from pysysdig.replay import Wanted
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

    from pysysdig.rules.config import RuleConfig
    from pysysdig.settings import Job, RuleSettings
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
        return False

    def end(self) -> None:
        if self._capture is not None:
            self.losses = self._capture.take_losses()
            self.host = self._capture.snapshot.hostname
        if self._collector is not None:
            self.data = self._collector.close()


class Gathering(Consumer):
    """Gathers the alerts of rules. Raises PysysdigError for rules that cannot be tried."""

    def __init__(self, settings: RuleSettings, config: RuleConfig) -> None:
        self._active = alerting(rules_to_try(settings, config), config, CURRENT, with_fields=False)
        self._tid = lookup("thread.tid")
        self.log = AlertLog(len(self._active.rules))

    def wants(self) -> frozenset[int] | None:
        return self._active.event_types()

    def needs(self, generation: str) -> int:
        return max(self._active.needs, THREAD)

    def deliver(self, view: EventView, sel: Ints) -> bool:
        engine, maker = self._active.compiled(view.generation)
        positions, indexes = engine.match(view, sel)
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
    made = document_of(job, names[0])
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


def document_of(job: Job, name: str) -> dict[str, Any]:
    """What there is to say of one capture. Raises PysysdigError."""
    if job.rules.alerts and not os.path.isfile(name):
        raise UsageError("a report with rules reads the capture twice: name a file")
    run = job.run._replace(files=(name,))
    wanted = Wanted(run.filter)
    gathering = Gathering(job.rules, alert_config(job)) if job.rules.alerts else None
    out = Output()
    summing = _summed(job, name, wanted, out)
    data = summing.data or {}
    if job.report.against:
        other = _summed(job, job.report.against, wanted, out).data or {}
        data["compared"] = compared(data, other, shown(from_user(os.path.basename(job.report.against))))
    alerts = NO_ALERTS
    if gathering is not None:
        Run(run, job.live, [gathering], out, wanted=Wanted(run.filter, CURRENT), limit=None, convert=True).run()
        alerts = gathering.log.data(data["line"])
    about = About(from_user(os.path.basename(name)), summing.host, wanted.text, _command(job), summing.losses)
    return document(about, data, alerts)


def _summed(job: Job, name: str, wanted: Wanted, out: Output) -> Summing:
    """A capture, summed up. Raises UsageError if there is nothing in it."""
    summing = Summing(wanted)
    Run(job.run._replace(files=(name,)), job.live, [summing], out, wanted=Wanted(""), limit=job.run.limit).run()
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
