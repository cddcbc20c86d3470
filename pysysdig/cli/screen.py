"""--ui: the terminal UI and, in a process of its own, the engine that it asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING

from pysysdig.alerts.reading import AlertFile
from pysysdig.errors import UsageError
from pysysdig.events.text import decoded
from pysysdig.extras import require
from pysysdig.replay import Wanted
from pysysdig.sources.opening import open_any
from pysysdig.ui.alerting import ALERTS
from pysysdig.ui.book import RULES, Book
from pysysdig.ui.digging import DOTTED, HEX, PRINTABLE
from pysysdig.ui.engine import Engine
from pysysdig.ui.link import Link
from pysysdig.ui.messages import Reading
from pysysdig.ui.trail import Level
from pysysdig.views.loader import find_view

if TYPE_CHECKING:
    from pysysdig.cli.live import LiveSource
    from pysysdig.settings import Job, LiveSettings

_FIRST = "procs"  # the view that csysdig begins with
_MODES = {"ascii": PRINTABLE, "hexascii": HEX, "hex": HEX}  # how echo shows data to begin with: by -A, -X and -x
_PATIENCE = 5.0  # seconds for the engine to end


def run(job: Job) -> int:
    """Show the UI until the user leaves; the exit status. Raises PysysdigError."""
    start = job.views.screen or _FIRST
    file = ""  # of alerts
    if start == ALERTS and not job.rules.alerts:
        file = decoded(job.run.filter)
        if not file:
            raise UsageError("--ui=alerts: which alerts? A file of them (JSON, one a line), or --rules and -r")
        if not os.access(file, os.R_OK) or os.path.isdir(file):
            raise UsageError(f"{file}: cannot be read; --ui=alerts shows a file of alerts as JSON, one a line")
        job = job._replace(run=job.run._replace(filter=""))
    elif start == RULES and not job.rules.alerts:
        files = tuple(decoded(job.run.filter).split())
        if not files:
            raise UsageError("--ui=rules: which rules? Name their files, or --rules FILE")
        job = job._replace(run=job.run._replace(filter=""), rules=job.rules._replace(files=files))
    elif start not in (ALERTS, RULES):
        find_view(start)
    for name in job.rules.files:
        if not os.access(name, os.R_OK):
            raise UsageError(f"{name}: cannot be read; --ui takes files of rules, or directories of them")
    wanted = Wanted(job.run.filter)
    if len(job.run.files) > 1 or (job.run.files and os.path.isdir(job.run.files[0])):
        raise UsageError("--ui shows one capture at a time; name one file with -r")
    if not os.isatty(1):
        raise UsageError("--ui needs a terminal, and standard output is none; --view prints the same tables")
    path = job.run.files[0] if job.run.files else ""
    if path != "-" and not os.isatty(0):
        raise UsageError("--ui takes keys from standard input, which is no terminal; read a capture from a pipe with -r -")
    if os.path.isfile(path) or (path not in ("", "-") and not os.path.exists(path)):
        open_any(path).close()  # said before there is a screen
    require("textual", "ui")
    folder = tempfile.mkdtemp(prefix="pysysdig-ui-")
    try:
        reading = Reading(
            path,
            wanted.text,
            job.run.limit,
            job.run.duration,
            job.run.suppressed,
            not job.run.exclude_users,
            job.show.placed,
            job.show.resolve_ports,
            job.views.refresh,
            folder,
        )
        mine, theirs = Pipe()
        with (
            tempfile.TemporaryFile(dir=folder) as errors,
            subprocess.Popen(
                [sys.executable, "-c", _program(theirs.fileno())],
                stdin=None if path == "-" else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
            ) as engine,
        ):
            theirs.close()

            def last_words() -> str:
                errors.seek(0)
                return errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]

            mine.send((reading, job, file))
            link = Link(mine, last_words)
            try:
                return _show(job, link, path, start, wanted.text, file, live=_live(reading, job, file))
            finally:
                link.close()
                try:
                    engine.wait(_PATIENCE)
                except subprocess.TimeoutExpired:
                    engine.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _live(reading: Reading, job: Job, file: str) -> bool:
    """Whether the running machine is looked at; file: of alerts."""
    return not (reading.path or file or job.views.screen == RULES)


def _show(job: Job, link: Link, path: str, view: str, filter_: str, file: str, *, live: bool) -> int:
    from pysysdig.ui.app import Eyes
    from pysysdig.ui.columns import Saved, settings_file
    from pysysdig.ui.table_screen import About

    terminal = -1
    if path == "-" or not os.isatty(2):
        terminal = os.open("/dev/tty", os.O_RDWR)
        for number in (0, 2):
            if not os.isatty(number):
                os.dup2(terminal, number)
    rules = [word for name in job.rules.files for word in ("--rules", name)]
    words = (*(["-r", path] if path else []), *rules, *(["-pc"] if job.show.placed else []))
    source = "standard input" if path == "-" else path
    mode = _MODES.get(job.show.buffers, DOTTED)
    about = About(source, words, filter_, job.show.placed, bool(rules or file), bool(rules), live, mode)
    app = Eyes(link, about, Level(view), Saved(settings_file()))
    return app.run(mouse=job.views.mouse) or app.return_code or 0


def _program(number: int) -> str:
    """What the engine's process runs: it finds modules where this one does."""
    return (
        f"import sys; sys.path[:] = {sys.path!r}; from pysysdig.cli import startup; startup.prepare(); "
        f"from pysysdig.cli.screen import serve; serve({number})"
    )


def serve(number: int) -> None:
    """The engine's process: serves the screen at the other end of the pipe with this file descriptor."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the screen
    connection = Connection(number)
    reading, job, file = connection.recv()
    live = _live(reading, job, file)
    Engine(
        connection,
        reading,
        (lambda: machine(job.live)) if live else None,
        (lambda: iter(AlertFile(file))) if file else None,
        (lambda: _book(job, reading.path)) if job.rules.alerts else None,
    ).run()


def _book(job: Job, path: str) -> Book:
    """The rules of a command line, for a capture. Raises PysysdigError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.rule_loading import rule_set, switches

    config = alert_config(job)
    return Book(rule_set(config.rule_paths(job.rules.files), config), config, switches(job.rules, config), path)


def machine(settings: LiveSettings) -> LiveSource:
    """The running machine, from now on. Raises PysysdigError."""
    from pysysdig.cli.live import LiveSource

    return LiveSource(settings, None, None, 0.25, generic=lambda name: True)
