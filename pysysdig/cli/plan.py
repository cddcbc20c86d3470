"""Which consumers a job has, and the run that gives them events. Modules are imported when they are needed: start-up time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.cli.run import Run
from pysysdig.events.table import CURRENT, OLD
from pysysdig.output.stream import Output
from pysysdig.render.options import RenderOptions
from pysysdig.replay import Wanted

if TYPE_CHECKING:
    from pysysdig.chiselkit.chisels import Chisels
    from pysysdig.cli.consumer import Consumer
    from pysysdig.redaction.values import Values
    from pysysdig.settings import Job, ShowSettings


def perform(job: Job) -> int:
    """Run a job; returns the exit status. Raises PysysdigError, BrokenPipeError."""
    if job.report.path:
        from pysysdig.cli.reporting import perform as report

        return report(job)
    if job.views.screen is not None:
        from pysysdig.cli.screen import run

        return run(job)
    if job.rules.alerts:
        return _alerts(job)
    if job.chisels.chosen:
        return _chisels(job)
    if job.views.name:
        return _view(job)
    if job.export.path:
        return _export(job)
    out = Output()
    from pysysdig.cli.printing import Printing

    quiet = job.show.quiet or bool(job.write.path)
    wanted, shown = _filters(job)
    printing = Printing(job.show._replace(quiet=quiet), out, filtered=bool(wanted.text), shown=shown)
    consumers = [*_writing(job, wanted, out), printing, *_summing(job, out)]
    Run(job.run, job.live, consumers, out, wanted=wanted, limit=job.run.limit).run()
    return 0


def _view(job: Job) -> int:
    from pysysdig.cli.views import Viewing

    wanted = Wanted(job.run.filter)  # said if it is wrong; the view applies it
    out = Output()
    options = RenderOptions(buffers=job.show.buffers, max_len=0, ports=job.show.resolve_ports)
    viewing = Viewing(
        job.views, wanted.text, out, options, json=job.show.json, containers=job.show.placed, directories=job.chisels.directories
    )
    Run(job.run, job.live, [viewing], out, wanted=Wanted(""), limit=job.run.limit).run()
    return 0


def _export(job: Job) -> int:
    from pysysdig.cli.exporting import Exporting
    from pysysdig.export.schema import metadata
    from pysysdig.sources.files import Rotation

    calls = job.export.calls
    wanted = Wanted(job.run.filter, CURRENT if calls else OLD, _filtering(job))
    redacted = _redaction(job)
    about = metadata(wanted.text, job.run.files, calls=calls, redaction="" if redacted is None else redacted.policy.text())
    options = RenderOptions(max_len=0, ports=job.show.resolve_ports, time_mode=job.show.time)
    w = job.write
    rotation = Rotation(w.size, w.seconds, w.events, w.files)
    exporting = Exporting(job.export, rotation, about, job.run.files, options, all_threads=job.show.all_threads)
    out = Output()
    consumers = [_before(exporting, redacted)]
    Run(job.run, job.live, consumers, out, wanted=wanted, limit=job.run.limit, convert=calls).run()
    return 0


def _redaction(job: Job) -> Values | None:
    """What becomes of values in what is written; None: nothing. Raises UsageError."""
    if not job.redact.policy:
        return None
    from pysysdig.cli.redacting import read
    from pysysdig.redaction.values import Values

    return Values(*read(job.redact))


def _before(consumer: Consumer, values: Values | None) -> Consumer:
    """A consumer that is given treated values, if any are."""
    if values is None:
        return consumer
    from pysysdig.cli.redacting import Redacting

    return Redacting(consumer, values)


def _filters(job: Job) -> tuple[Wanted, Wanted | None]:
    """What chooses the events, and what of these are shown (None: all). Raises FilterError."""
    if not job.run.display_filter:
        return Wanted(job.run.filter, options=_filtering(job)), None
    from pysysdig.cli.printing import render_options

    shown = Wanted(job.run.filter, options=render_options(job.show), early=False)
    return (Wanted(""), shown) if shown.text else (shown, None)


def _filtering(job: Job) -> RenderOptions:
    """What a filter sees that is asked first: names of services, nothing else of what is for showing."""
    return RenderOptions(ports=job.show.resolve_ports)


def _writing(job: Job, wanted: Wanted, out: Output) -> list[Consumer]:
    if not job.write.path:
        return []
    from pysysdig.cli.writing import Writing

    redacted = _redaction(job)
    shared = job.show.summary or bool(job.chisels.chosen)
    policy = "" if redacted is None else redacted.policy.text()
    return [_before(Writing(job.write, wanted.text, job.run.files, out, shared=shared, redaction=policy), redacted)]


def _summing(job: Job, out: Output) -> list[Consumer]:
    if not job.show.summary:
        return []
    from pysysdig.cli.printing import Summing

    return [Summing(out)]


def _chisels(job: Job) -> int:
    """The status is 1 if one of the chisels failed."""
    run, chisels = chisel_run(job)
    run.run()
    return _again(chisels.next_run) if chisels.next_run is not None else int(chisels.failed)


def chisel_run(job: Job) -> tuple[Run, Chisels]:
    """The run of a job with chisels. Raises PysysdigError."""
    from pysysdig.chisel import RunInfo
    from pysysdig.chiselkit.chisels import Chisels
    from pysysdig.cli.chisels import ChiselsAtWork
    from pysysdig.events.text import decoded
    from pysysdig.format.template import Template, expand_escapes

    Template(expand_escapes(job.show.format))  # not used, but said if it is wrong
    wanted, _ = _filters(job)
    out = Output()
    info = RunInfo()
    info.filter = decoded(job.run.filter)
    info.json = job.show.json
    info.containers = job.show.placed
    info.live = job.run.live
    chisels = Chisels(job.chisels.chosen, info, out, _chisel_options(job.show))
    live = job.live if job.live.snaplen is not None else job.live._replace(snaplen=chisels.snaplen or None)
    consumers = [*_writing(job, wanted, out), ChiselsAtWork(chisels, filtered=bool(wanted.text)), *_summing(job, out)]
    run = Run(job.run, live, consumers, out, wanted=wanted, limit=job.run.limit)
    return run, chisels


def _chisel_options(show: ShowSettings) -> RenderOptions:
    """Without json: values are the same with -j."""
    return RenderOptions(buffers=show.buffers, max_len=0, ports=show.resolve_ports, time_mode=show.time)


def _again(argv: list[str]) -> int:
    """The run that a chisel has asked for."""
    from pysysdig.cli.job import build
    from pysysdig.errors import ChiselError, PysysdigError

    try:
        return perform(build(argv))
    except PysysdigError as error:
        raise ChiselError(f"a chisel wanted to run pysysdig {' '.join(argv[:5])} ...: {error}") from None


def _alerts(job: Job) -> int:
    """The status is 1 if an output of alerts has failed."""
    from pysysdig.alerts.dispatch import Dispatcher
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.rules import Alerting
    from pysysdig.events.table import CURRENT, OLD

    config = alert_config(job)
    settings = job.run
    if config.capture_file and settings.live:
        settings = settings._replace(files=(config.capture_file,))
    old = job.rules.enter_events
    wanted = Wanted(settings.filter, OLD if old else CURRENT)
    out = Output()
    outputs = Dispatcher(config, out)
    alerting = Alerting(job.rules, config, settings.files, settings.limit, quiet=job.show.quiet, out=out, outputs=outputs)
    consumers: list[Consumer] = [alerting]
    if job.rules.explain or settings.verbose:
        from pysysdig.cli.explaining import Explaining, Question

        question = Question(rules=job.rules.explain, silent=settings.verbose)
        consumers.append(Explaining(job.rules, config, question, out))
    # -n counts alerts, not events
    run = Run(settings, job.live, consumers, out, wanted=wanted, limit=None, convert=not old)
    run.run()
    return int(alerting.failed)
