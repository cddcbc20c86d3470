"""-w: a run whose events go to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.cli.printing import PrintRun
from pysysdig.errors import UsageError
from pysysdig.replay import Limits, replay
from pysysdig.scap.reader import CaptureStream
from pysysdig.trace.files import STANDARD_OUTPUT, Rotation, identities
from pysysdig.trace.opening import expand
from pysysdig.trace.reader import TraceStream
from pysysdig.trace.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pysysdig.cli.job import Job
    from pysysdig.cli.live import LiveSource
    from pysysdig.state.view import EventView
    from pysysdig.trace.opening import AnyCapture

Ints = npt.NDArray[np.int64]


class WriteRun(PrintRun):
    """A run that writes."""

    def __init__(self, job: Job) -> None:
        """Check filter and target before any capture is opened."""
        job.quiet = True
        super().__init__(job)
        self._out.lenient = True  # what is written to the file is not lost with what is shown
        w = job.writing
        if w.path == STANDARD_OUTPUT:
            _check_standard_output(job, self._out.terminal)
        self._sink = Sink(
            w.path,
            scap=w.scap,
            complete=not self._filter,
            rotation=Rotation(w.size, w.seconds, w.events, w.files),
            live=not job.files,
            compress=w.compress,
            fatfile=w.fatfile,
            processes=self._filter if w.prune else "",
            shared=job.summary or bool(job.chisels),
            read=identities(name for path in job.files for name in expand(path)),
        )

        self._count = Limits()

    def _needs(self, generation: str) -> int:
        return self._sink.level

    def _conclude(self) -> None:
        try:
            self._sink.close()
            if self._live is not None:
                self._live.status.say(self._so_far(self._live))
        finally:
            super()._conclude()
            if self._out.failure is not None:
                raise self._out.failure

    def _begin_capture(self, source: LiveSource) -> None:
        source.status.say(f"pysysdig: recording to {self._job.writing.path}; Ctrl-C ends it")

    def _show(self) -> None:
        """While the machine is recorded: how much that is."""
        live = self._live
        if live is not None and live.status.due():
            live.status.show(self._so_far(live))

    def _so_far(self, live: LiveSource) -> str:
        mebibytes = self._sink.size / (1 << 20)
        lost = f", {live.drops} lost" if live.drops else ""
        return f"pysysdig: {self._job.writing.path}: {self._count.delivered} events{lost}, {mebibytes:.1f} MiB"

    def _break_off(self) -> None:
        if self._sink.busy:
            self._sink.interrupt()
        else:
            super()._break_off()

    def _note_losses(self, capture: AnyCapture | LiveSource) -> None:
        if not isinstance(capture, CaptureStream):
            for loss in capture.take_losses():
                self._sink.lose(*loss)

    def _events(
        self, capture: AnyCapture | LiveSource, limits: Limits, again: Callable[[], AnyCapture] | None
    ) -> Iterator[tuple[EventView, Ints]]:
        self._count = limits
        if isinstance(capture, TraceStream) and again is not None and self._job.writing.scap:
            self._sink.gather(again)
        elif not self._job.files and self._sink.bare and not (self._job.summary or self._job.chisels or self._suppressor):
            self._copy(capture, limits)
            return
        events = replay(
            self._sections(capture),
            self._filter,
            level=self._needs,
            limits=limits,
            options=self._options,
            sink=self._sink,
        )
        for view, sel in events:
            self._note_losses(capture)
            self._sink.write(view, sel, limits.done)
            self._show()
            yield view, sel
        self._note_losses(capture)

    def _copy(self, capture: AnyCapture | LiveSource, limits: Limits) -> None:
        """Live events go to the file as they come: readers work out what they say about the machine."""
        for section in capture.sections():
            self._sink.begin_bare(section.snapshot, section.generation)
            for batch in section.batches():
                self._note_losses(capture)
                count = len(batch)
                if limits.count is not None and limits.delivered + count >= limits.count:
                    count = limits.count - limits.delivered
                    limits.done = True
                limits.delivered += count
                self._sink.write_bare(batch, count)
                self._show()
                if limits.done:
                    return


def _check_standard_output(job: Job, terminal: bool) -> None:
    """-w -: whether a capture can go there. Raises UsageError."""
    w = job.writing
    if job.summary or job.chisels:
        raise UsageError("-w -: the capture goes to standard output, nothing else can; leave out -S and -c")
    if w.size or w.seconds or w.events:
        raise UsageError("-w -: standard output cannot be several files; leave out -C, -G and -e")
    if terminal:
        raise UsageError("-w -: standard output is a terminal; redirect it")


def run(job: Job) -> int:
    """Run a job that writes captures; returns the exit status. Raises PysysdigError."""
    WriteRun(job).run()
    return 0
