"""Chisels on the command line: what -c takes with it, -cl and -i, and the run with chisels."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.chiselkit import arguments, loader
from pysysdig.chiselkit.runner import Chisels, Chosen
from pysysdig.cli.printing import PrintRun
from pysysdig.errors import ChiselError, FilterError, PysysdigError, UsageError
from pysysdig.events.text import from_user
from pysysdig.output.options import DOTS, RenderOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pysysdig.chisel import Chisel
    from pysysdig.cli.getopt import Arguments
    from pysysdig.cli.job import Job
    from pysysdig.cli.live import LiveSource
    from pysysdig.replay import Limits
    from pysysdig.state.view import EventView
    from pysysdig.trace.opening import AnyCapture

Ints = npt.NDArray[np.int64]
_HELP = ("-h", "--help")


def choose(job: Job, name: str, line: Arguments) -> bool:
    """Add the chisel `name` to the job, with its arguments from the command line; True: its description was asked for.

    Required arguments are always the next word. Optional ones are, unless it begins with a dash or the rest of the line, or
    what comes before the next option, is a filter. Raises UsageError, ChiselError.
    """
    chisel = loader.find(name, job.chisel_directories)
    following = line.following
    if following[:1] and following[0] in _HELP:
        job.action, job.argument = "chisel_info", name
        return True
    word = ""
    if chisel.args and not chisel.args[0].optional:
        if not following:
            usage = arguments.usage(chisel.name, chisel.args)
            raise UsageError(f"missing arguments for chisel {name}\nusage: {usage}")
        word = line.take()
    elif chisel.args and following and not following[0].startswith("-") and (_takes_filter(chisel) or not _is_filter(following)):
        word = line.take()
    job.chisels.append(Chosen(chisel.name, chisel, arguments.parse(chisel.name, chisel.args, word)))
    return False


def _takes_filter(chisel: type[Chisel]) -> bool:
    return len(chisel.args) == 1 and chisel.args[0].type == arguments.FILTER


def _is_filter(words: list[str]) -> bool:
    from pysysdig.filter import compile_filter

    for some in (words, list(takewhile(lambda word: not word.startswith("-"), words))):
        try:
            compile_filter(from_user(" ".join(some)))
        except FilterError:
            continue
        return True
    return False


def information(job: Job) -> str:
    """The text of -cl or -i, with -j JSON."""
    from pysysdig.chiselkit import listing
    from pysysdig.cli.listing import document

    folders = job.chisel_directories
    if job.action == "list_chisels":
        return document(listing.overview_json(folders)) if job.json else listing.overview(folders)
    if job.json:
        return document(listing.description_json(listing.known(job.argument, folders)))
    return listing.information(job.argument, folders)


class ChiselRun(PrintRun):
    """A job with chisels under way."""

    def __init__(self, job: Job) -> None:
        """Configure the chisels and check the filter; raises PysysdigError."""
        job.quiet = True
        super().__init__(job)
        self._name = ""  # of the capture
        self._over = False
        self.chisels = Chisels(job, self._out)
        chosen = job.json or job.buffers != DOTS
        buffers = job.buffers if chosen else self.chisels.buffers or DOTS
        # without json: values are the same with -j
        self._options = RenderOptions(buffers=buffers, max_len=0, ports=job.resolve_ports, time_mode=job.time)
        if job.snaplen is None and self.chisels.snaplen:
            job.snaplen = self.chisels.snaplen

    def _needs(self, generation: str) -> int:
        return max(self.chisels.needs(generation), super()._needs(generation))

    def _replay(self, name: str) -> None:
        if not self._over:  # a chisel that ends the run ends it for the captures that follow, too
            self._name = name
            super()._replay(name)

    def _wanted(self) -> str | frozenset[int]:
        return " and ".join(f"({t})" for t in (self._filter, self.chisels.filter_text) if t)

    def _end_capture(self) -> None:
        self._read = True
        self.chisels.finish()

    def _events(
        self, capture: AnyCapture | LiveSource, limits: Limits, again: Callable[[], AnyCapture] | None
    ) -> Iterator[tuple[EventView, Ints]]:
        self._limit = limits
        if not self.chisels.start(self._name):
            self._over = True
            return
        # the state of the system is known from the first event on, also if none passes the filter
        for view, sel in super()._events(capture, limits, None if self.chisels.state else again):
            yield view, sel
            if self._over:
                return

    def _deliver(self, view: EventView, sel: Ints) -> None:
        self._over = self.chisels.deliver(view, sel, self._limit.done)
        self._passed = self.chisels.fed

    @property
    def _filtered(self) -> bool:
        return bool(self._filter or self.chisels.filter_text)


def run(job: Job) -> int:
    """Run a job with chisels; returns the exit status, 1 if one of them failed. Raises PysysdigError, BrokenPipeError."""
    started = _writing_run(job) if job.writing.path else ChiselRun(job)
    started.run()
    if started.chisels.next_run is not None:
        return _again(started.chisels.next_run)
    return 1 if started.chisels.failed else 0


def _writing_run(job: Job) -> ChiselRun:
    """A run whose events also go to files."""
    from pysysdig.cli.writing import WriteRun

    class WritingChiselRun(ChiselRun, WriteRun):
        pass

    return WritingChiselRun(job)


def _again(argv: list[str]) -> int:
    """The run that a chisel has asked for."""
    from pysysdig.cli import job as jobs
    from pysysdig.cli.writing import run as run_writing

    try:
        return run_writing(jobs.build(argv))
    except PysysdigError as error:
        raise ChiselError(f"a chisel wanted to run pysysdig {' '.join(argv[:5])} ...: {error}") from None
