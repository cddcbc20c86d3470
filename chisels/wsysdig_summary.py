"""wsysdig_summary: a capture summed up for sysdig-inspect, as JSON."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.chisel import STRING, Arg, Batch, Chisel, ChiselError
from pysysdig.chiselkit.state import SystemState
from pysysdig.events.column import Column
from pysysdig.events.table import TYPES
from pysysdig.report.fields import Fields
from pysysdig.report.tally import tally
from pysysdig.state.snapshot import FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK

Ints = npt.NDArray[np.int64]
SAMPLES = 400
_CATEGORIES = {
    "general": "General", "file": "File", "network": "Network", "napps": "Network Apps", "security": "Security",
    "performance": "Performance", "logs": "Logs",
}  # fmt: skip
_ALWAYS = ("general", "file", "network", "security", "performance")
_SERVICES = {
    80: "HTTP", 8080: "HTTP", 443: "HTTPs", 22: "SSH", 53: "DNS", 6666: "Sysdig Agent", 6667: "Sysdig Agent",
    6443: "Sysdig Agent", 2379: "etcd", 22379: "etcd", 3306: "mysql", 5432: "postgres", 6379: "redis", 5984: "couchdb",
    9880: "fluentd",
    8125: "statsd",
    4730: "gearman", 50070: "hadoop", 8020: "hadoop", 9000: "hadoop", 60000: "hbase", 60010: "hbase", 60020: "hbase",
    60030: "hbase", 2181: "kafka", 1978: "Kyoto Tycoon", 11211: "memcached", 27017: "mongodb", 27018: "mongodb", 27019: "mongodb",
    28017: "mongodb", 5672: "rabbitmq", 8087: "riak", 8098: "riak", 8983: "solr", 5555: "voltdb",
    **dict.fromkeys(range(9200, 9401), "elasticsearch"),
}  # fmt: skip
_CLOSE = TYPES["SYSCALL_CLOSE_E"]
_BIND = TYPES["SOCKET_BIND_X"]


class Metric(NamedTuple):
    """A number of sysdig-inspect: its id (report/metrics.py), name, heading and the view that shows more.

    always      it is there when it is 0, too
    noteworthy  it is pointed out when it is not 0
    average     it is a level, and not a sum
    distinct    different things are counted
    """

    id: str
    name: str
    category: str
    view: str
    always: bool = False
    noteworthy: bool = False
    average: bool = False
    distinct: bool = False


_METRICS = (
    Metric("procCount", "Running Processes", "general", "procs", True, average=True),
    Metric("containerCount", "Running Containers", "general", "containers", True, average=True),
    Metric("syscallCount", "System Calls", "general", "syscalls", True),
    Metric("fileBytes", "File Bytes In+Out", "file", "files", True),
    Metric("fileBytesR", "File Bytes In", "file", "files", True),
    Metric("fileBytesW", "File Bytes Out", "file", "files", True),
    Metric("fileCount", "Accessed Files", "file", "files", distinct=True),
    Metric("fileCountW", "Modified Files", "file", "files", distinct=True),
    Metric("netBytes", "Net Bytes In+Out", "network", "sports", True),
    Metric("netBytesR", "Net Bytes In", "network", "sports", True),
    Metric("netBytesW", "Net Bytes Out", "network", "sports", True),
    Metric("connectionCount", "Active Network Connections", "network", "connections", distinct=True),
    Metric("listeningPortCount", "Listening Ports", "network", "port_bindings", average=True),
    Metric("newListeningPorts", "New Listening Ports", "network", "port_bindings", noteworthy=True),
    Metric("newConnectionsO", "New Outbound Connections", "network", "dig"),
    Metric("newConnectionsI", "New Inbound Connections", "network", "dig"),
    Metric("executedCommands", "Executed Commands", "security", "spy_users_wsysdig", True, True),
    Metric("executedInteractiveCommands", "Executed Interactive Commands", "security", "spy_users_wsysdig", noteworthy=True),
    Metric("newSymLinksCount", "New Symlinks", "security", "dig", noteworthy=True),
    Metric("sysFileCountW", "Modified System Files", "security", "files", noteworthy=True, distinct=True),
    Metric("sudoInvocations", "Sudo Invocations", "security", "dig", noteworthy=True),
    Metric("setnsInvocations", "Setns Invocations", "security", "dig", noteworthy=True),
    Metric("newConnectionsSsh", "New SSH Connections", "security", "dig", noteworthy=True),
    Metric("fileDeletionsCount", "Deleted Files", "security", "dig", noteworthy=True),
    Metric("sysReqCountHttp", "HTTP Requests", "performance", "echo", noteworthy=True),
    Metric("sysErrCountHttp", "HTTP Errors", "performance", "echo", noteworthy=True),
    Metric("openErrorCount", "File Open Errors", "performance", "dig"),
    Metric("forkCount", "Fork Count", "performance", "dig"),
    Metric("connectErrorCount", "Failed Connection Attempts", "performance", "dig", noteworthy=True),
    Metric("signalCount", "Received Signals", "performance", "dig"),
    Metric("segfaultCount", "Segmentation Faults", "performance", "dig", noteworthy=True),
    Metric("over1msFileIoCount", "Slow File I/O calls (1ms+)", "performance", "slow_io"),
    Metric("over10msFileIoCount", "Slow File I/O calls (10ms+)", "performance", "slow_io"),
    Metric("over100msFileIoCount", "Slow File I/O calls (100ms+)", "performance", "slow_io", noteworthy=True),
    Metric("appLogCount", "App Log Messages", "logs", "echo"),
    Metric("appLogCountW", "App Log Warning Messages", "logs", "echo"),
    Metric("appLogCountE", "App Log Error Messages", "logs", "echo", noteworthy=True),
    Metric("sysLogCount", "Syslog Messages", "logs", "spy_syslog"),
    Metric("sysLogCountW", "Syslog Warning Messages", "logs", "spy_syslog"),
    Metric("sysLogCountE", "Syslog Error Messages", "logs", "spy_syslog", noteworthy=True),
    *(Metric(f"protoBytes_{name}", f"{name} Bytes", "napps", "connections") for name in dict.fromkeys(_SERVICES.values())),
)


def _fields(batch: Batch) -> Fields:
    """Those of its events."""
    return Fields(batch.view, batch.sel, np.arange(len(batch.sel)))


class WsysdigSummary(Chisel):
    """Sums a capture up for sysdig-inspect: numbers and their course, as JSON. The argument says how many points a course has
    (400). The capture is read twice, as its length has to be known first."""

    category = "NA"
    summary = "wsysdig summary generator"
    hidden = True
    state = True
    composite_args = Arg("points of a course, and the length of the capture in ns: N,NS", type=STRING, optional=True, default="")

    def configure(self) -> None:
        points, _, length = self.composite_args.partition(",")
        if any(text and not (text.isascii() and text.isdigit() and len(text) < 19) for text in (points, length)):
            raise ChiselError("the argument is a number, or two with a comma")
        self._points = int(points) if points and 0 < int(points) < SAMPLES else SAMPLES
        self._length = int(length) if length else None

    def on_start(self) -> None:
        if self.run.live:
            raise ChiselError("it is for captures: name one with -r")
        self._first = self._last = 0
        self._counts = {m.id: np.zeros(SAMPLES + 1, np.int64) for m in _METRICS}
        self._seen: dict[str, set[Any]] = {m.id: set() for m in _METRICS}
        self._pairs: dict[str, set[tuple[int, Any]]] = {m.id: set() for m in _METRICS if m.distinct}
        self._containers: dict[str, str] = {}
        self._ports: set[int] = set()
        self._levels = [0, 0, 0]  # processes, containers, listening ports; up to which slice they are noted
        self._noted = -1
        self._slice: Ints = np.zeros(0, np.int64)

    def on_batch(self, batch: Batch) -> None:
        ts = batch.ts.astype(np.int64)
        first, self._first = not self._first, self._first or int(ts[0])
        self._last = max(self._last, int(ts[-1]))
        if self._length is None:
            return
        if first:
            self._ports = set(self._listening(SystemState(batch.view, int(batch.sel[0]))))
            self._seen["listeningPortCount"] |= self._ports
        period = max(self._length / (SAMPLES - 1), 1.0)
        since = np.maximum(ts - self._first, 0)
        self._slice = np.minimum(since // int(period), SAMPLES - 1)
        changes = self._port_changes(batch)
        for at in np.flatnonzero(np.diff(np.maximum.accumulate(self._slice), prepend=max(self._noted + 1, 0))).tolist():
            while changes and changes[0][0] < at:
                self._change(changes.pop(0))
            self._note(int(self._slice[at]), SystemState(batch.view, int(batch.sel[at])))
        for change in changes:
            self._change(change)
        tally(_fields(batch), self)
        self._services(batch)

    # what tally says

    def count(self, metric: str, rows: Ints) -> None:
        """One each."""
        np.add.at(self._counts[metric], self._slice[rows], 1)

    def amount(self, metric: str, rows: Ints, amounts: Ints) -> None:
        """So much each."""
        np.add.at(self._counts[metric], self._slice[rows], amounts)

    def things(self, metric: str, rows: Ints, column: Column) -> None:
        """Different ones of a slice, and in all."""
        pairs = self._pairs[metric]
        for pair in zip(self._slice[rows].tolist(), column.tolist()):
            if pair[1] is not None and pair not in pairs:
                pairs.add(pair)
                self._seen[metric].add(pair[1])
                self._counts[metric][pair[0]] += 1

    # levels: as they are when a slice ends

    def _note(self, upto: int, system: SystemState) -> None:
        """Slices end, before the one numbered `upto`."""
        processes = {t.tid for t in system.known_threads() if t.tid == t.pid or t.invalid}
        containers = {c.id: c.name for c in system.containers()}
        self._seen["procCount"] |= processes
        self._containers |= containers
        self._seen["containerCount"] |= set(containers)
        for k in range(self._noted + 1, upto):
            for metric, level in (("procCount", len(processes)), ("containerCount", len(containers))):
                self._counts[metric][k] = level
            self._counts["listeningPortCount"][k] = len(self._ports)
        self._noted = max(self._noted, upto - 1)

    @staticmethod
    def _listening(system: SystemState) -> list[int]:
        """Ports of server sockets."""
        infos = [d.info for t in system.threads() for d in t.descriptors]
        return [info.sport for info in infos if info.type in (FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK)]

    def _port_changes(self, batch: Batch) -> list[tuple[int, int, bool]]:
        """(row, port, whether it is bound or closed)."""
        types = batch.view.batch.type_of(batch.sel)
        some = _fields(batch).at((types == _BIND) | (types == _CLOSE))
        columns = [some.column(name).tolist() for name in ("fd.sport", "fd.typechar", "evt.rawres")]
        out = []
        for row, type_, port, kind, result in zip(some.rows.tolist(), types[some.rows].tolist(), *columns):
            if port is not None and ((type_ == _BIND and (result or 0) >= 0) or (type_ == _CLOSE and kind == "2")):
                out.append((row, port, type_ == _BIND))
        return out

    def _change(self, change: tuple[int, int, bool]) -> None:
        _, port, bound = change
        (self._ports.add if bound else self._ports.discard)(port)
        if bound:
            self._seen["listeningPortCount"].add(port)

    def _services(self, batch: Batch) -> None:
        """Bytes by the service that a port stands for."""
        every = _fields(batch)
        some = every.at(every.numbers("evt.is_io")[0] != 0)
        columns = [some.column(name).tolist() for name in ("fd.sport", "fd.type", "evt.dir", "evt.rawres", "evt.buflen")]
        for row, port, kind, direction, result, length in zip(some.rows.tolist(), *columns):
            if port in _SERVICES and kind in ("ipv4", "ipv6") and direction == "<" and (result or 0) >= 0:
                self._counts[f"protoBytes_{_SERVICES[port]}"][self._slice[row]] += length or 0

    def on_end(self) -> None:
        if self._length is None:
            self.run_again(
                ["-r", self.run.source, "-c", "wsysdig_summary", f"{self._points},{self._last - self._first}", self.run.filter]
            )
            return
        self.print(self._document())

    def _document(self) -> str:
        """All of it."""
        used = max(int(self._slice[-1]) if len(self._slice) else 0, self._noted + 1) + 1
        self._counts["listeningPortCount"][used - 1] = len(self._ports)
        times = [str(self._first + k * int((self._length or 0) / (SAMPLES - 1))) for k in range(used - 1)] + [str(self._last)]
        metrics = [self._metric(m, times, used) for m in _METRICS]
        shown = [m for m in metrics if m is not None]
        there = {m["category"] for m in shown} | set(_ALWAYS)
        info = {
            "IndexFormatVersion": 1,
            "containers": self._containers or [],  # as Lua has it
            "durationNs": self._length,
            "startTs": str(self._first),
            "endTs": str(self._last),
            "categories": [{"id": id_, "name": name} for id_, name in _CATEGORIES.items() if id_ in there],
        }
        return '{"slices": [\n' + json.dumps({"progress": 100, "data": {"info": info, "metrics": shown}}, indent=2) + "\n]}"

    def _metric(self, metric: Metric, times: list[str], used: int) -> dict[str, Any] | None:
        values: list[float] = self._counts[metric.id][:used].tolist()
        total = len(self._seen[metric.id]) if metric.average or metric.distinct else sum(values)
        if not total and not metric.always:
            return None
        if self._points != SAMPLES:
            values, times = self._fewer(values, times, metric.average)
        data = {
            "tot": total, "max": max(values, default=0), "timeLine": [{"t": t, "v": v} for t, v in zip(times, values)],
            "excludable": not metric.always, "noteworthy": metric.noteworthy, "aggregation": "avg" if metric.average else "sum",
        }  # fmt: skip
        return {"name": metric.name, "category": metric.category, "targetView": metric.view, "data": data}

    def _fewer(self, values: list[float], times: list[str], average: bool) -> tuple[list[float], list[str]]:
        """Each so many neighbours as one; what is left over is dropped, as sysdig does."""
        step = -(-len(values) // self._points)
        starts = range(0, len(values) - step + 1, step)
        sums = [sum(values[k : k + step]) for k in starts]
        return [s / step for s in sums] if average else sums, [times[k] for k in starts]
