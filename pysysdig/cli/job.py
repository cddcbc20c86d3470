"""One job: everything the command line asks for, checked, before anything is opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.cli import write_options
from pysysdig.cli.getopt import Arguments
from pysysdig.cli.numbers import leading_int
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user

if TYPE_CHECKING:
    from pysysdig.chiselkit.runner import Chosen

PLAIN = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
COLOUR = (
    r"*%evt.num %evt.outputtime %evt.cpu \e[01;32m%proc.name\e[00m (\e[01;36m%proc.pid\e[00m.%thread.tid) "
    r"%evt.dir \e[01;34m%evt.type\e[00m %evt.info"
)
_PLACED = (
    "*%evt.num %evt.outputtime %evt.cpu {} (%container.id) %proc.name (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
)
NAMED_FORMATS = {
    "c": _PLACED.format("%container.name"),
    "k": _PLACED.format("%k8s.pod.name"),
    "m": _PLACED.format("%mesos.task.name"),
}
NAMED_FORMATS |= {"container": NAMED_FORMATS["c"], "kubernetes": NAMED_FORMATS["k"], "mesos": NAMED_FORMATS["m"]}

LOG_LEVELS = ("trace", "debug", "info", "notice", "warning", "error", "critical", "fatal")
SOURCES = ("syscall",)
BUFFER_MODES = ("ascii", "base64", "hex", "hexascii")
_U64 = 1 << 64
_I32 = (1 << 31) - 1


class Job:
    """What to do.

    action     "run", or an immediate one: help, version, libs_version, list, list_markdown, list_events, print_format,
               completion, doctor; or one about rule files: validate, list_rules, describe_rule
    argument   of the action (the source of a list, the shell of a completion script, the name of a rule), or ""
    files      captures to read, in turn; empty = live capture
    filter     byte text, "" = none; `display_filter` says that it only chooses what is shown
    format     byte text of the output format, escapes not expanded yet
    placed     the format was chosen by -pc, -pk or -pm
    count      stop after so many delivered events, None = never
    duration   stop after so many ns of event time, 0 = never
    time       evt.outputtime mode: h a r d D
    buffers    "dots" or one of BUFFER_MODES (the names of output.options)
    rules      rule files and directories, in order
    rule_switches   (enable, "rule" or "tag", pattern), in order
    chisels    what -c chose (chiselkit.runner.Chosen), in order; `chisel_directories` are those of --chisel-dir
    config     path of a falco.yaml, "" none; `config_options` are key=value texts over it
    validate   rule files to check
    suppressed   byte texts: names of processes whose events are left out
    writing    what -w and its companions say
    snaplen    live capture: bytes of each data buffer, None = default
    buffer_size   live capture: bytes of the kernel's buffer, None = default
    """

    __slots__ = (
        "action", "all_threads", "argument", "buffer_size", "buffers", "chisel_directories", "chisels", "config",
        "config_options", "count", "debug", "display_filter", "duration", "enter_events", "exclude_users", "files", "filter",
        "format", "json", "log_level", "page_faults", "placed", "progress", "quiet", "resolve_ports", "rule_switches",
        "rules", "snaplen", "summary", "suppressed", "time", "unbuffered", "validate", "verbose", "writing",
    )  # fmt: skip

    def __init__(self, format_: str = PLAIN) -> None:
        self.action = "run"
        self.argument = ""
        self.files: list[str] = []
        self.filter = ""
        self.display_filter = False
        self.format = format_
        self.placed = False
        self.count: int | None = None
        self.duration = 0
        self.time = "h"
        self.buffers = "dots"
        self.log_level = "info"
        self.chisels: list[Chosen] = []
        self.chisel_directories: list[str] = []
        self.rules: list[str] = []
        self.rule_switches: list[tuple[bool, str, str]] = []
        self.validate: list[str] = []
        self.suppressed: list[str] = []
        self.config = ""
        self.config_options: list[str] = []
        self.writing = write_options.Writing()
        self.snaplen: int | None = None
        self.buffer_size: int | None = None
        self.json = self.quiet = self.debug = self.verbose = self.unbuffered = False
        self.resolve_ports = self.summary = self.progress = self.exclude_users = self.page_faults = self.all_threads = False
        self.enter_events = False

    @property
    def alerts(self) -> bool:
        """Whether the run is about the alerts of rules."""
        return bool(self.rules or self.config or self.rule_switches or self.config_options or self.enter_events)


_SWITCHES = frozenset(
    {
        "display_filter",
        "quiet",
        "resolve_ports",
        "json",
        "debug",
        "verbose",
        "unbuffered",
        "summary",
        "progress",
        "exclude_users",
        "page_faults",
        "all_threads",
        "enter_events",
    }
)
_RULE_SWITCHES = {
    "enable_rule": (True, "rule"),
    "disable_rule": (False, "rule"),
    "enable_tag": (True, "tag"),
    "disable_tag": (False, "tag"),
}
RULE_FILE_ACTIONS = frozenset({"validate", "list_rules", "describe_rule"})
_IMMEDIATE = frozenset({"help", "version", "libs_version", "list_events", "list_chisels", "doctor"})


def build(argv: Sequence[str], terminal: bool = False) -> Job:
    """The job of a command line (without the program name); `terminal`: standard output is one.

    Raises UsageError. Options act in the order given, and an immediate one (-h, -L, -pp ...) ends the parse, as in sysdig.
    """
    job = Job(COLOUR if terminal else PLAIN)
    arguments = Arguments(argv)
    for option, value in arguments:
        if option.refuse:
            raise UsageError(option.refuse)
        if _take(job, option.key, value, arguments):
            # lists are JSON wherever -j stands
            job.json = job.json or not {"-j", "--json"}.isdisjoint(arguments.following)
            return job
    job.filter = from_user(" ".join(arguments.words))
    if job.action == "run":
        if job.writing.prune and not job.filter:
            raise UsageError("you must specify a filter if you use --filter-proclist.")
        if job.writing.prune and not job.files:
            raise UsageError("--filter-proclist not supported with live captures.")
        if job.alerts and job.chisels:
            raise UsageError("rules and chisels (-c) cannot be used in one run")
    return job


def _take(job: Job, key: str, value: str | None, arguments: Arguments) -> bool:
    """Take one option into the job; True if it ends the parse."""
    if key in _IMMEDIATE:
        job.action = key
        return True
    if key == "chisel":
        return _chisel(job, value or "", arguments)
    if key in _SWITCHES:
        setattr(job, key, True)
    elif key in BUFFER_MODES:
        if job.buffers != "dots":
            raise UsageError("you cannot specify more than one output format")
        job.buffers = key
    elif key in write_options.SWITCHES:
        job.writing.switch(key)
    else:
        return _valued(job, key, value)
    return False


def _chisel(job: Job, name: str, arguments: Arguments) -> bool:
    """-c; True if it ends the parse."""
    if name == "l":
        job.action = "list_chisels"
        return True
    from pysysdig.cli.chisels import choose  # start-up time: not before there is a chisel

    return choose(job, name, arguments)


def _valued(job: Job, key: str, value: str | None) -> bool:
    """Take an option with an argument into the job; True if it ends the parse."""
    text = value or ""
    if key == "read":
        job.files.append(text)
    elif key in write_options.KEYS:
        job.writing.take(key, text)
    elif key == "info":
        job.action, job.argument = key, text
    elif key == "chisel_dir":
        job.chisel_directories.append(text)
    elif key == "chisel_info":
        job.action, job.argument = key, text
        return True
    elif key == "rules":
        job.rules.append(text)
    elif key in RULE_FILE_ACTIONS:
        if key == "validate":
            job.validate.append(text)
        if job.action == "run" or key != "validate":
            job.action = key
        job.argument = text if key == "describe_rule" else job.argument
    elif key in _RULE_SWITCHES:
        job.rule_switches.append((*_RULE_SWITCHES[key], text))
    elif key == "config":
        job.config = text
    elif key == "config_option":
        job.config_options.append(text)
    elif key == "count":
        job.count = _count(text)
    elif key == "duration":
        job.duration = (leading_int(text, _I32) or 0) * 1_000_000_000
        if job.duration <= 0:
            raise UsageError(f"invalid duration {text}")
    elif key == "format":
        return _format(job, text)
    elif key == "time":
        if text not in ("h", "a", "r", "d", "D"):
            raise UsageError("invalid modifier for flag -t")
        job.time = text
    elif key == "suppress_comm":
        job.suppressed.append(from_user(text))
    elif key == "snaplen":
        job.snaplen = leading_int(text, _I32) or 0
        if job.snaplen < 0:
            raise UsageError(f"invalid snaplen {text}")
    elif key == "buffer_size":
        job.buffer_size = _megabytes(text)
    elif key == "log_level":
        if text not in LOG_LEVELS:
            raise UsageError(f"invalid log level {text}")
        job.log_level = text
    elif key in ("list", "list_markdown"):
        job.action = key
        if value:
            if value not in SOURCES:
                raise UsageError("value for --list must be a valid source type")
            job.argument = value
    elif key == "completion":
        job.action, job.argument = key, text
        return True
    return False


def _format(job: Job, text: str) -> bool:
    if text == "p":
        job.action = "print_format"
        return True
    job.placed = text in NAMED_FORMATS
    job.format = NAMED_FORMATS[text] if job.placed else from_user(text)
    return False


def _count(text: str) -> int:
    number = leading_int(text, _U64) if re.fullmatch(r"\s*\+?[0-9]+", text, re.ASCII) else None
    if number is None or number >= _U64:
        raise UsageError("can't parse the -n argument, make sure it's a number")
    if number == 0:
        raise UsageError(f"invalid event count {text}")
    return number


def _megabytes(text: str) -> int:
    number = int(text) if re.fullmatch("[0-9]{1,4}", text, re.ASCII) else 0
    if number < 1 or number > 1024 or number & (number - 1):
        raise UsageError(f"invalid buffer size {text}: a power of two from 1 to 1024 (MB)")
    return number << 20
