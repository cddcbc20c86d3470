"""The consumer that writes events to files: -w."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.cli.pace import Pace
from pysysdig.errors import UsageError
from pysysdig.replay import Limits
from pysysdig.sources.files import STANDARD_OUTPUT, Rotation, identities
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import expand
from pysysdig.sources.sink import Sink
from pysysdig.sources.stream import Stream
from pysysdig.sources.writing import How
from pysysdig.speed import native

if TYPE_CHECKING:
    from pysysdig.cli.live import LiveSource
    from pysysdig.output.stream import Output
    from pysysdig.settings import WriteSettings
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Writing(Consumer):
    """Writes what it is given."""

    sink: Sink

    def __init__(
        self, settings: WriteSettings, filter_: str, files: Sequence[str], out: Output, *, shared: bool, redaction: str = ""
    ) -> None:
        """Check the target before any capture is opened; raises UsageError.

        filter_: chooses what comes here (byte text); files: that are read, none: live; out: standard output; shared: others have
        the events, too; redaction: the policy that what is written is under, as text."""
        out.lenient = True  # what is written to the file is not lost with what is shown
        if settings.path == STANDARD_OUTPUT:
            _check_standard_output(settings, shared, out.terminal)
        self._path = settings.path
        how = How(
            complete=not filter_,
            live=not files,
            shared=shared,
            compress=settings.compress,
            fatfile=settings.fatfile,
            processes=filter_ if settings.prune else "",
            redaction=redaction,
        )
        format_ = format_to_write(settings.format, settings.path)
        if redaction and format_.name != "pscap":
            later = f"-r FILE.pscap -w {settings.path} makes a .{format_.name} of one"
            raise UsageError(f"-w {settings.path}: --redact writes .pscap files; {later}")
        rotation = Rotation(settings.size, settings.seconds, settings.events, settings.files)
        read = identities(name for path in files for name in expand(path))
        self.sink = Sink(settings.path, format_, how, rotation, read)
        self._start: Start | None = None
        self._live: LiveSource | None = None

    def needs(self, generation: str) -> int:
        return self.sink.level

    def begin(self, start: Start) -> bool:
        self._start = start
        self._live = start.live
        if start.live is not None:
            start.live.status.say(f"pysysdig: recording to {self._path}; Ctrl-C ends it")
            return True
        assert isinstance(start.capture, Stream)
        start.capture.large = True  # a batch becomes a frame
        if start.capture.may_lack_events and start.again is not None:
            self.sink.gather(start.again)
        return True

    def deliver(self, view: EventView, sel: Ints) -> bool:
        assert self._start is not None
        self._note_losses()
        self.sink.write(view, sel, self._start.limits.done)
        self._show()
        return False

    def copy(self, live: LiveSource, limits: Limits) -> bool:
        """Live events go to the file as they come, many at a time. What they say about the machine is worked out natively, or by
        readers: without the extension, or while that takes too long."""
        if not self.sink.takes_batches:
            return False
        for section in live.sections():
            self.sink.begin_batches(section.snapshot, section.generation, native is not None)
            pace = Pace(time.monotonic()) if native is not None else None
            for batch in section.batches():
                self._note_losses()
                if pace is not None:
                    self._keep_up(live, pace)
                shown = np.arange(len(batch)) if batch.hidden is None else np.flatnonzero(~batch.hidden)
                count = len(batch)
                if limits.count is not None and limits.delivered + len(shown) >= limits.count:
                    shown = shown[: limits.count - limits.delivered]
                    count = int(shown[-1]) + 1
                    limits.done = True
                limits.delivered += len(shown)
                self.sink.write_batch(batch, count)
                self._show()
                if limits.done:
                    break
        return True

    def _keep_up(self, live: LiveSource, pace: Pace) -> None:
        """Leave the state to readers while the file does not keep up with the machine."""
        before = pace.stateful
        if pace.look(time.monotonic(), live.behind, live.drops) == before:
            return
        live.status.clear()
        if before:
            self.sink.hurry()
            other = "-r FILE -w OTHER.pscap makes a file that is quick to read"
            sys.stderr.write(f"pysysdig: {self._path}: falling behind; from here on only events are written ({other})\n")
        else:
            self.sink.resume(live.look_again(), time.time_ns())
            sys.stderr.write(f"pysysdig: {self._path}: keeping up again; from here on the state is written, too\n")

    def end(self) -> None:
        self._note_losses()

    def conclude(self) -> None:
        self.sink.close()
        if self._live is not None:
            self._live.status.say(self._so_far(self._live))

    def break_off(self) -> bool:
        if self.sink.busy:
            self.sink.interrupt()
            return True
        return False

    def _show(self) -> None:
        """While the machine is recorded: how much that is."""
        live = self._live
        if live is not None and live.status.due():
            live.status.show(self._so_far(live))

    def _so_far(self, live: LiveSource) -> str:
        assert self._start is not None
        mebibytes = self.sink.size / (1 << 20)
        lost = f", {live.drops} lost" if live.drops else ""
        return f"pysysdig: {self._path}: {self._start.limits.delivered} events{lost}, {mebibytes:.1f} MiB"

    def _note_losses(self) -> None:
        if self._start is not None:
            for loss in self._start.capture.take_losses():
                self.sink.lose(*loss)


def _check_standard_output(settings: WriteSettings, shared: bool, terminal: bool) -> None:
    """-w -: whether a capture can go there. Raises UsageError."""
    if shared:
        raise UsageError("-w -: the capture goes to standard output, nothing else can; leave out -S and -c")
    if settings.size or settings.seconds or settings.events:
        raise UsageError("-w -: standard output cannot be several files; leave out -C, -G and -e")
    if terminal:
        raise UsageError("-w -: standard output is a terminal; redirect it")
