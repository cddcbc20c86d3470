"""What each event counts for in a summary (metrics.py), as the chisel wsysdig_summary of sysdig has it."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column
from pysysdig.events.table import READS_FROM_FD, WRITES_TO_FD, load
from pysysdig.fields.event_types import flag_mask
from pysysdig.fields.evt_io import data_begins
from pysysdig.report.fields import Fields
from pysysdig.report.metrics import SYSTEM

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_IN_PROGRESS = -115  # EINPROGRESS
_SSH = 22
_WARNING = 4  # a severity of syslog
_MS = 1_000_000
_ERRORS = (b"error", b"critic", b"emergency", b"alert")  # in messages of logs
_OK = b"200"  # of an HTTP answer
_NAMES = (
    "accept", "bind", "clone", "connect", "execve", "fork", "open", "setns", "signaldeliver", "symlink", "symlinkat", "unlink",
    "unlinkat",
)  # fmt: skip


class Tally(Protocol):
    """Is told what events count for; `rows` is where they are among the events that were given."""

    def count(self, metric: str, rows: Ints) -> None:
        """One each."""

    def amount(self, metric: str, rows: Ints, amounts: Ints) -> None:
        """So much each."""

    def things(self, metric: str, rows: Ints, column: Column) -> None:
        """The values of a column, one a row, which are counted once each."""


@cache
def _codes(generation: str) -> npt.NDArray[np.int8]:
    """By event type: which of _NAMES it is called, -1 none."""
    return np.array([_NAMES.index(e.name) if e.name in _NAMES else -1 for e in load(generation)], np.int8)


def tally(events: Fields, to: Tally) -> None:
    """Sum up all the events of a batch that count."""
    if not len(events):
        return
    view, sel = events.view, events.sel
    to.count("syscallCount", events.rows)
    types = view.batch.type_of(sel)
    named = _codes(view.generation)[types]
    inout = flag_mask(view, sel, READS_FROM_FD | WRITES_TO_FD)
    leaves = (types & 1).astype(bool)
    asked = leaves & (inout | (named >= 0))
    at = np.flatnonzero(asked)
    ends = events.at(asked)
    result, known = ends.numbers("evt.rawres")
    good = known & (result >= 0)
    data = inout[at] & good
    _io(ends.at(data), to)
    _calls(ends.at(good & ~data), named, result[good & ~data], to)
    _failures(ends.at(~good), named, to)
    _signals(events.at(~leaves & (named == _NAMES.index("signaldeliver"))), to)


def _io(events: Fields, to: Tally) -> None:
    """Data read and written."""
    writes = flag_mask(events.view, events.sel, WRITES_TO_FD)
    on_file, on_net, on_unix = (events.equal("fd.type", *kinds) for kinds in (("file",), ("ipv4", "ipv6"), ("unix",)))
    _files(events.at(on_file), writes[on_file], to)
    _net(events.at(on_net), writes[on_net], to)
    written = on_unix & writes
    if written.any():
        _syslog(events.at(written), to)


def _files(events: Fields, writes: Mask, to: Tally) -> None:
    if not len(events):
        return
    _bytes("file", events, writes, to)
    names = events.column("fd.containername")
    to.things("fileCount", events.rows, names)
    if writes.any():
        written = events.at(writes)
        to.things("fileCountW", written.rows, written.column("fd.containername"))
        system = written.at(written.begins("fd.name", *SYSTEM))
        to.things("sysFileCountW", system.rows, system.column("fd.name"))
        severe = _syslog(written, to)
        _logs(written.at(~severe & written.where("fd.name", is_log)), to)
    latency, timed = events.numbers("evt.latency")
    slow = timed & (latency > _MS)
    if slow.any():
        slow &= ~events.begins("fd.name", "/dev/")
        for metric, ms in (("over1msFileIoCount", 1), ("over10msFileIoCount", 10), ("over100msFileIoCount", 100)):
            to.count(metric, events.rows[slow & (latency > ms * _MS)])


def _bytes(what: str, events: Fields, writes: Mask, to: Tally) -> None:
    length, _ = events.numbers("evt.buflen")
    to.amount(f"{what}Bytes", events.rows, length)
    to.amount(f"{what}BytesW", events.rows[writes], length[writes])
    to.amount(f"{what}BytesR", events.rows[~writes], length[~writes])


def _net(events: Fields, writes: Mask, to: Tally) -> None:
    if not len(events):
        return
    _bytes("net", events, writes, to)
    to.things("connectionCount", events.rows, events.column("fd.containername"))
    answers = events.at(data_begins(events.view, events.sel, b"HTTP/"))
    words = [data.split(b" ", 2) for data in answers.column("evt.buffer").tolist()]
    wrong = np.array([len(some) < 2 or some[1].strip() != _OK for some in words], bool)
    to.count("sysReqCountHttp", answers.rows)
    to.count("sysErrCountHttp", answers.rows[wrong])


def _syslog(events: Fields, to: Tally) -> Mask:
    """Messages to the system log; which of the events are any."""
    severity, known = events.numbers("syslog.severity")
    to.count("sysLogCount", events.rows[known])
    to.count("sysLogCountW", events.rows[known & (severity == _WARNING)])
    to.count("sysLogCountE", events.rows[known & (severity < _WARNING)])
    return known


def _logs(events: Fields, to: Tally) -> None:
    """Writes to log files. The chisel splits them into lines, but is given data with dots in place of line ends."""
    if not len(events):
        return
    texts = [(data or b"").lower() for data in events.column("evt.buffer").tolist()]
    warned = np.array([b"warn" in text for text in texts], bool)
    failed = np.array([any(word in text for word in _ERRORS) for text in texts], bool)
    to.count("appLogCount", events.rows[np.array([bool(text) for text in texts], bool)])
    to.count("appLogCountW", events.rows[warned])
    to.count("appLogCountE", events.rows[failed & ~warned])


def is_log(name: str) -> bool:
    """Whether a file's name is one of a log."""
    return (".log" in name or "_log" in name or "/var/log" in name) and not (".gz" in name or ".tgz" in name)


def _of(events: Fields, named: npt.NDArray[np.int8], *names: str) -> Mask:
    wanted = [_NAMES.index(name) for name in names]
    out: Mask = np.isin(named[events.rows], wanted)
    return out


def _calls(events: Fields, named: npt.NDArray[np.int8], result: Ints, to: Tally) -> None:
    """Calls that succeeded, other than those that move data."""
    run = events.at(_of(events, named, "execve"))
    to.count("executedCommands", run.rows)
    if len(run):
        to.count("executedInteractiveCommands", run.rows[run.where("proc.pname", lambda text: "bash" in text)])
        to.count("sudoInvocations", run.rows[run.equal("evt.arg.exe", "sudo")])
    bound = events.at(_of(events, named, "bind"))
    if len(bound):
        to.count("newListeningPorts", bound.rows[bound.numbers("fd.sport")[1]])
    _connections(events, named, to)
    to.count("fileDeletionsCount", events.rows[_of(events, named, "unlink", "unlinkat")])
    to.count("newSymLinksCount", events.rows[_of(events, named, "symlink", "symlinkat")])
    to.count("forkCount", events.rows[_of(events, named, "clone", "fork") & (result > 0)])
    to.count("setnsInvocations", events.rows[_of(events, named, "setns")])


def _failures(events: Fields, named: npt.NDArray[np.int8], to: Tally) -> None:
    """Calls that failed."""
    _connections(events, named, to)
    tried = events.at(_of(events, named, "connect"))
    if len(tried):
        failed = (tried.numbers("evt.rawres")[0] != _IN_PROGRESS) & tried.equal("fd.type", "ipv4", "ipv6")
        to.count("connectErrorCount", tried.rows[failed])
    to.count("openErrorCount", events.rows[_of(events, named, "open")])


def _connections(events: Fields, named: npt.NDArray[np.int8], to: Tally) -> None:
    for metric, name in (("newConnectionsO", "connect"), ("newConnectionsI", "accept")):
        some = events.at(_of(events, named, name))
        if len(some):
            port, known = some.numbers("fd.sport")
            to.count(metric, some.rows[known])
            to.count("newConnectionsSsh", some.rows[known & (port == _SSH)])


def _signals(events: Fields, to: Tally) -> None:
    if len(events):
        to.count("signalCount", events.rows)
        to.count("segfaultCount", events.rows[events.equal("evt.arg.sig", "SIGSEGV")])
