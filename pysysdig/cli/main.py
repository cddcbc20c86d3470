"""The program: runs the job that the command line describes. Exit status 0, or 1 after one line on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from pysysdig.cli import startup
from pysysdig.cli.commands import find
from pysysdig.errors import FilterError, PysysdigError, UsageError
from pysysdig.output.stream import say, secure_standard_streams
from pysysdig.output.terminal import escaped

if TYPE_CHECKING:
    from pysysdig.settings import Job

COMPLETE_VARIABLE = "_PYSYSDIG_COMPLETE"
# what is imported: what is to be installed
_PACKAGES = {"click": "click", "lz4": "lz4", "msgpack": "msgpack", "numpy": "numpy", "rich": "rich", "yaml": "PyYAML"}


def entry() -> NoReturn:
    """The process: runs its command line and ends with the exit status."""
    startup.quick_collector()
    secure_standard_streams()
    startup.leave(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own, without the program name); returns the exit status."""
    startup.prepare()
    job = None
    try:
        from pysysdig import speed  # first of all: what it refuses is one line

        speed.keep_memory()
        if COMPLETE_VARIABLE in os.environ:
            from pysysdig.cli.completion import answer

            say(answer(COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE]))
            return 0
        argv = sys.argv[1:] if argv is None else argv
        command = find(argv)
        if command is not None:
            return command.run(argv[1:])
        from pysysdig.cli.job import build  # commands need none of it, and it is quicker without the collector

        job = build(argv, terminal=_is_terminal())
        return _run(job)
    except UsageError as error:
        return _fail(f"pysysdig: {error.render()}")
    except FilterError as error:
        if job is not None:
            from pysysdig.cli.hints import add_file_hint

            add_file_hint(error, job.run.filter)
        return _fail(error.render())
    except PysysdigError as error:
        return _fail(error.render())
    except BrokenPipeError:
        return _hang_up()
    except ModuleNotFoundError as error:
        package = _PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        return _fail(f"pysysdig: the Python package {package} is missing; python3 -m pip install {package}")
    except RecursionError:
        return _fail("pysysdig: nested too deeply")
    except MemoryError:
        return _fail("pysysdig: out of memory")
    except KeyboardInterrupt:
        return 0


def _run(job: Job) -> int:
    if job.action == "run" and job.run.live and job.views.screen is None:
        import signal

        from pysysdig.capture.instructions import begin

        # a signal that comes before there is anything to end waits for the run (cli.run), which then ends in good order
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        try:
            begin()  # if there is something to compile: that goes on while everything else is imported
            return _perform(job)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return _perform(job)


def _perform(job: Job) -> int:
    if job.action == "run":
        from pysysdig.cli.plan import perform

        return perform(job)
    if job.action == "info":
        from pysysdig.cli.info import run as run_info

        return run_info(job)
    if job.action in ("validate", "list_rules", "describe_rule"):
        from pysysdig.cli.rule_files import run as run_rule_files

        return run_rule_files(job)
    if job.action == "doctor":
        from pysysdig.capture.doctor import report

        text, complete = report(job.show.json)
        say(text)
        return 0 if complete else 1
    say(_information(job))
    return 0


def _information(job: Job) -> str:
    if job.action == "print_format":
        return job.show.format + "\n"
    if job.action in ("list", "list_markdown", "list_events"):
        from pysysdig.cli import listing, values

        if job.action == "list_events":
            return listing.document(listing.events_json()) if job.show.json else listing.events()
        source = job.argument or listing.SYSCALL
        if not job.argument and job.run.filter and job.run.filter in values.sources():  # -l has no argument
            source = job.run.filter
        if job.show.json:
            return listing.document(listing.fields_json(source))
        return listing.fields_markdown(source) if job.action == "list_markdown" else listing.fields(job.show.full, source)
    if job.action == "help":
        from pysysdig.cli.command import help_text

        return help_text()
    if job.action == "completion":
        from pysysdig.cli.completion import script

        return script(job.argument, COMPLETE_VARIABLE)
    if job.action == "list_views":
        from pysysdig.cli.views import listing as list_views

        return list_views(job.show.json, job.chisels.directories)
    if job.action in ("list_chisels", "chisel_info"):
        from pysysdig.cli import chisels

        return chisels.information(job)
    from pysysdig import __version__, speed

    if job.action == "libs_version":
        return "falcosecurity/libs version 0.15.1\n"
    return f"pysysdig version {__version__} ({speed.describe()})\n"


def _is_terminal() -> bool:
    try:
        return os.isatty(1)
    except OSError:
        return False


def _fail(text: str) -> int:
    """Say why on standard error; control characters are shown as escapes."""
    try:
        sys.stderr.write(escaped(text) + "\n")
        sys.stderr.flush()
    except OSError:
        pass
    return 1


def _hang_up() -> int:
    """The reader of standard output is gone: end as a C program does, killed by SIGPIPE and without a word."""
    import signal

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    return 141
