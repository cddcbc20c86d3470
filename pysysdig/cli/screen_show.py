"""--ui: the process of the screen: what is asked for is looked at, then shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import FilterError, UsageError
from pysysdig.events.text import decoded, from_user
from pysysdig.extras import require
from pysysdig.replay import Wanted
from pysysdig.sources.opening import open_any
from pysysdig.ui.digging import DOTTED, HEX, PRINTABLE
from pysysdig.ui.messages import Reading
from pysysdig.ui.trail import ALERTS, DIFF, RULES, SCREENS, Level
from pysysdig.views.loader import find_view

if TYPE_CHECKING:
    from pysysdig.settings import Job
    from pysysdig.ui.link import Link

_FIRST = "procs"  # the view that csysdig begins with
_MODES = {"ascii": PRINTABLE, "hexascii": HEX, "hex": HEX}  # how echo shows data to begin with: by -A, -X and -x


class Asked(NamedTuple):
    """What is to be shown.

    job    as it is meant; `view`: what it begins with
    path   of the capture, "-", "" = none; `file`: of alerts, "" = none
    live   whether the running machine is looked at
    against, beside   what is compared with: a capture, or the events of the same one that pass a filter (byte text)
    """

    job: Job
    view: str
    path: str
    file: str
    live: bool
    against: str = ""
    beside: str = ""

    def reading(self, folder: str) -> Reading:
        """What the engine reads. folder: for temporary files."""
        job = self.job
        return Reading(
            self.path,
            job.run.filter,
            job.run.limit,
            job.run.duration,
            job.run.suppressed,
            not job.run.exclude_users,
            job.show.placed,
            job.show.resolve_ports,
            job.views.refresh,
            folder,
        )


def checked(job: Job) -> Asked:
    """What a job asks for. Raises PysysdigError, also where there is no terminal."""
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
    elif start not in SCREENS:
        find_view(start)
    against, beside = _compared(job, start)
    for name in job.rules.files:
        if not os.access(name, os.R_OK):
            raise UsageError(f"{name}: cannot be read; --ui takes files of rules, or directories of them")
    Wanted(job.run.filter)  # said if it is wrong
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
    return Asked(job, start, path, file, not (path or file or start == RULES), against, beside)


def _compared(job: Job, start: str) -> tuple[str, str]:
    """What is compared with (Asked). Raises PysysdigError."""
    text = job.report.against
    if start == DIFF and not (text and job.run.files):
        raise UsageError("--ui=diff compares a capture: name it with -r, and with --against another one, or a filter")
    if not text or os.path.isfile(text):
        return text, ""
    try:
        Wanted(from_user(text))
    except FilterError as error:
        raise UsageError(f"--against {text}: there is no such file, and it is no filter: {error}") from None
    return "", from_user(text)


def show(asked: Asked, link: Link) -> int:
    """Show it until the user leaves; the exit status."""
    from pysysdig.ui.app import Eyes
    from pysysdig.ui.columns import Saved, settings_file
    from pysysdig.ui.table_screen import About

    job, path = asked.job, asked.path
    if path == "-" or not os.isatty(2):
        terminal = os.open("/dev/tty", os.O_RDWR)
        for number in (0, 2):
            if not os.isatty(number):
                os.dup2(terminal, number)
    rules = [word for name in job.rules.files for word in ("--rules", name)]
    words = (*(["-r", path] if path else []), *rules, *(["-pc"] if job.show.placed else []))
    source = "standard input" if path == "-" else path
    mode = _MODES.get(job.show.buffers, DOTTED)
    about = About(
        source,
        words,
        job.run.filter,
        job.show.placed,
        bool(rules or asked.file),
        bool(rules),
        asked.live,
        mode,
        asked.file,
        asked.against,
        asked.beside,
    )
    app = Eyes(link, about, Level(asked.view), Saved(settings_file()))
    return app.run(mouse=job.views.mouse) or app.return_code or 0
