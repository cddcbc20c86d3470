"""`pcsysdig`: csysdig's own command line, for the terminal UI and for views without a screen.

Its options become those of pysysdig, which does the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from pysysdig.cli.getopt import Arguments
from pysysdig.cli.meanings import Ignore
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option, OptionTable
from pysysdig.errors import UsageError

PROGRAM = "pcsysdig"


class _Row(NamedTuple):
    """An option of csysdig: names, what its argument is called ("" = it has none, in brackets: it need not be given), the words
    for pysysdig (the argument follows the last of them; () = no effect), what it is for."""

    short: str
    long: str
    metavar: str
    words: tuple[str, ...]
    help: str


_VIEW, _RAW, _JSON = "view", "raw", "json"
_DROPPED = "no effect, for compatibility"
OPTIONS = (
    _Row("A", "print-ascii", "", ("-A",), "show only the text of data, with its line ends (F2 in echo changes it)"),
    _Row("B", "bpf", "[PROBE]", (), _DROPPED),
    _Row("", "cpus-for-each-buffer", "NUM", (), _DROPPED),
    _Row("", "cri", "PATH", ("--cri",), "socket of a container runtime"),
    _Row("", "cri-timeout", "MS", ("--cri-timeout",), "milliseconds for its answers"),
    _Row("d", "delay", "MS", ("--refresh",), "milliseconds between two tables of the running machine (2000)"),
    _Row("E", "exclude-users", "", ("-E",), "do not use names of users and groups"),
    _Row("", "force-term-compat", "", ("--no-mouse",), "for terminals that have trouble with the mouse"),
    _Row("", "from", "N", ("--from",), "with -j: rows from number N on"),
    _Row("h", "help", "", (), "this page"),
    _Row("", "interactive", "[MODE]", (), _DROPPED),
    _Row("j", _JSON, "", ("-j",), "print the view as JSON, without a screen"),
    _Row("k", "k8s-api", "URL", ("-k",), "the API server of Kubernetes"),
    _Row("K", "k8s-api-cert", "FILES", ("-K",), "how to authenticate there"),
    _Row("", "large-environment", "", ("--large-environment",), "load environments that are larger than 4 KiB"),
    _Row("l", "list", "", ("-l",), "list the fields for filters"),
    _Row("", "list-views", "", ("--list-views",), "list the views (with -j as JSON)"),
    _Row("", "logfile", "FILE", (), _DROPPED),
    _Row("m", "mesos-api", "URL", ("-m",), "the API server of Mesos"),
    _Row("", "modern-bpf", "", (), _DROPPED),
    _Row("", "node-name", "NAME", ("--node-name",), "only metadata of pods of this node"),
    _Row("n", "numevents", "NUM", ("-n",), "stop after NUM events"),
    _Row("", "page-faults", "", ("--page-faults",), "capture page faults"),
    _Row("p", "print", "FORMAT", ("-p",), "-pc: the columns for containers"),
    _Row("R", "resolve-ports", "", ("-R",), "show port numbers as names of services"),
    _Row("", _RAW, "", ("--raw",), "print the view as text, without a screen"),
    _Row("r", "readfile", "FILE", ("-r",), "read a capture (- is standard input)"),
    _Row("s", "snaplen", "LEN", ("-s",), "capture LEN bytes of each data buffer"),
    _Row("", "sortingcol", "N", ("--sortingcol",), "with --raw and -j: sort by column N"),
    _Row("T", "force-tracers-capture", "", ("-T",), "capture tracers"),
    _Row("", "to", "N", ("--to",), "with -j: rows up to number N"),
    _Row("v", _VIEW, "VIEW", (), "the view to begin with (procs); --list-views lists them"),
    _Row("", "version", "", ("--version",), "the version"),
    _Row("X", "print-hex-ascii", "", ("-X",), "show data in hexadecimal and as text"),
)


_ROWS = {row.long: row for row in OPTIONS}


def _option(row: _Row) -> Option:
    takes = NONE if not row.metavar else OPTIONAL if row.metavar.startswith("[") else REQUIRED
    return Option(row.long, row.short, row.long, takes, row.metavar, "", row.help, Ignore())


_TABLE = OptionTable([_option(row) for row in OPTIONS])


def translated(argv: Sequence[str]) -> list[str] | None:
    """The command line for pysysdig, without the program; None: help is asked for. Raises UsageError."""
    given = Arguments(argv, _TABLE)
    words: list[str] = []
    view, printed = "procs", False
    try:
        for option, text in given:
            row = _ROWS[option.long]
            if row.long == "help":
                return None
            if row.long == _VIEW:
                view = text or view
                continue
            printed |= row.long in (_RAW, _JSON)
            if row.words and option.arg == REQUIRED:
                *before, last = row.words
                words += [*before, f"{last}={text}" if last.startswith("--") else f"{last}{text}"]
            else:
                words += row.words
    except UsageError as error:
        raise UsageError(f"{error}; {PROGRAM} --help lists the options") from None
    rest = given.words
    screen = [f"--view={view}"] if printed else [f"--ui={view}"]
    if "--list-views" in words or "-l" in words or "--version" in words:
        screen = []
    return [*words, *screen, *(["--", *rest] if rest else [])]


def help_text() -> str:
    """The --help page."""
    rows = []
    for row in OPTIONS:
        names = ", ".join([*([f"-{row.short}"] if row.short else []), f"--{row.long}"])
        rows.append((f"{names} {row.metavar}".rstrip(), row.help))
    width = max(len(names) for names, _ in rows)
    lines = "".join(f"  {names:<{width}}  {what}\n" for names, what in rows)
    return f"Usage: {PROGRAM} [OPTION]... [FILTER]\n\ncsysdig's views on the terminal (docs/ui.md).\n\n{lines}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own, without the program name); returns the exit status."""
    from pysysdig.cli import main as program
    from pysysdig.output.stream import say
    from pysysdig.output.terminal import escaped

    try:
        words = translated(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        sys.stderr.write(escaped(f"{PROGRAM}: {error}\n"))
        return 1
    if words is None:
        say(help_text())
        return 0
    return program.main(words)


def entry() -> NoReturn:
    """The process."""
    from pysysdig.cli import startup
    from pysysdig.output.stream import secure_standard_streams

    startup.quick_collector()
    secure_standard_streams()
    startup.leave(main())
