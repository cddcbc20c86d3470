"""--ui: the process of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from pysysdig.errors import UsageError
from pysysdig.ui.engine import Engine

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.cli.live import LiveSource
    from pysysdig.settings import Job, LiveSettings
    from pysysdig.ui.book import Book


def serve(number: int) -> None:
    """Serve the screen at the other end of the pipe with this file descriptor; it may be gone before it asks for anything."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the screen
    connection = Connection(number)
    try:
        asked = connection.recv()
    except EOFError:
        return
    if asked is None:
        return
    reading, job, file, live = asked
    Engine(
        connection,
        reading,
        (lambda: machine(job.live)) if live else None,
        (lambda: _alerts(file)) if file else None,
        (lambda: _book(job, reading.path)) if job.rules.alerts else None,
    ).run()


def _alerts(file: str) -> Iterator[Alert]:
    """Those of a file. Raises PysysdigError, at the end for lines that hold none: what came before counts (ui.desk)."""
    from pysysdig.alerts.reading import AlertFile

    read = AlertFile(file)
    yield from read
    left_out = read.left_out()
    if left_out:
        raise UsageError("; ".join(left_out))


def _book(job: Job, path: str) -> Book:
    """The rules of a command line, for a capture. Raises PysysdigError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.cli.rule_loading import rule_set, switches
    from pysysdig.ui.book import Book

    config = alert_config(job)
    return Book(rule_set(config.rule_paths(job.rules.files), config), config, switches(job.rules, config), path)


def machine(settings: LiveSettings) -> LiveSource:
    """The running machine, from now on. Raises PysysdigError."""
    from pysysdig.cli.live import LiveSource

    return LiveSource(settings, None, None, 0.25, generic=lambda name: True, shares=True)
