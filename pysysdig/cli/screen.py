"""--ui: the terminal UI and, in a process of its own, the engine that it asks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from pysysdig.settings import Job

_PATIENCE = 5.0  # seconds for the engine to end


def run(job: Job) -> int:
    """Show the UI until the user leaves; the exit status. Raises PysysdigError."""
    if not os.isatty(1):
        from pysysdig.cli.screen_show import checked

        checked(job)  # says so, unless something else is wrong
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # until the screen, or its end, takes them
    folder = tempfile.mkdtemp(prefix="pysysdig-ui-")
    try:
        mine, theirs = Pipe()
        with (
            tempfile.TemporaryFile(dir=folder) as errors,
            subprocess.Popen(
                [sys.executable, "-c", _program(theirs.fileno())],
                stdin=None if job.run.files == ("-",) else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
            ) as engine,
        ):
            theirs.close()
            # both processes need some time until they are there: while the engine's begins
            from pysysdig.cli.screen_show import checked, show
            from pysysdig.ui.link import Link

            def last_words() -> str:
                errors.seek(0)
                return errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]

            link = Link(mine, last_words)
            try:
                asked = checked(job)
                mine.send((asked.reading(folder), asked.job, asked.file, asked.live))
                return show(asked, link)
            finally:
                link.close()
                try:
                    engine.wait(_PATIENCE)
                except subprocess.TimeoutExpired:
                    engine.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, frame: FrameType | None) -> None:
    """End, so that nothing stays behind."""
    raise SystemExit(128 + number)


def _program(number: int) -> str:
    """What the engine's process runs: it finds modules where this one does."""
    return (
        f"import sys; sys.path[:] = {sys.path!r}; from pysysdig.cli import startup; startup.prepare(); "
        f"from pysysdig.cli.screen_serve import serve; serve({number})"
    )
