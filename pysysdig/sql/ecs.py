"""The Elastic Common Schema: one row a call. Names and types are those of its generated/csv/fields.csv, values of `event.*` those
that its schemas/event.yml allows."""

from __future__ import annotations

from pysysdig.sql.kinds import ENDS, OF_FILE, OF_NET, PATH, by_kind, inside, known
from pysysdig.sql.views import LIST, MOMENT, Field, View

VERSION = "9.4.0"

_PROCESS = ("exec", "fork", "exit", "trace", "identity")
_FILE = ("open", "create", "delete", "rename", "mode", "truncate", "read", "write")
_NETWORK = ("connect", "accept", "listen", "traffic", "disconnect")
_CATEGORY = by_kind({
    **dict.fromkeys(_PROCESS, "'process'"), **dict.fromkeys(_FILE, "'file'"), **dict.fromkeys(_NETWORK, "'network'"),
})  # fmt: skip
_TYPE = by_kind({
    "exec": "'start'", "fork": "'start'", "exit": "'end'", "trace": "'access'", "identity": "'change'", "open": "'access'",
    "create": "'creation'", "delete": "'deletion'", "rename": "'change'", "mode": "'change'", "truncate": "'change'",
    "read": "'access'", "write": "'change'", "connect": "'start'", "accept": "'start'", "listen": "'info'",
    "traffic": "'connection'", "disconnect": "'end'",
})  # fmt: skip
_OUTCOME = "CASE WHEN {evt.failed} THEN 'failure' WHEN {evt.rawres} IS NOT NULL THEN 'success' ELSE 'unknown' END"


def _if(condition: str, sql: str) -> str:
    return f"CASE WHEN {condition} THEN {sql} END"


ECS = View(
    "ecs",
    (
        Field("@timestamp", "{evt.time}"),
        Field("ecs.version", f"'{VERSION}'"),
        Field("event.kind", "'event'"),
        Field("event.module", "'pysysdig'"),
        Field("event.dataset", "'pysysdig.events'"),
        Field("event.category", _CATEGORY, LIST),
        Field("event.type", _TYPE, LIST),
        Field("event.action", "{evt.type}"),
        Field("event.outcome", _OUTCOME),
        Field("event.sequence", "{evt.num}"),
        Field("event.duration", "{evt.latency}"),
        Field("host.hostname", known("evt.hostname")),
        Field("error.code", _if("{evt.failed}", "{evt.res}")),
        Field("process.pid", "{proc.pid}"),
        Field("process.vpid", "{proc.vpid}"),
        Field("process.name", "{proc.name}"),
        Field("process.executable", "{proc.exepath}"),
        Field("process.command_line", "{proc.cmdline}"),
        Field("process.working_directory", "{proc.cwd}"),
        Field("process.start", "{proc.pid_ts}", MOMENT),
        Field("process.thread.id", "{thread.tid}"),
        Field("process.session_leader.pid", "{proc.sid}"),
        Field("process.parent.pid", "{proc.ppid}"),
        Field("process.parent.name", "{proc.pname}"),
        Field("process.parent.command_line", "{proc.pcmdline}"),
        Field("user.id", "cast({user.uid} AS VARCHAR(20))"),
        Field("user.name", known("user.name")),
        Field("group.id", "cast({grp.gid} AS VARCHAR(20))"),
        Field("group.name", known("grp.name")),
        Field("container.id", inside("container.id")),
        Field("container.name", inside("container.name")),
        Field("container.runtime", inside("container.type")),
        Field("container.image.name", inside("container.image_repository")),
        Field("container.security_context.privileged", _if("{container.id} <> 'host'", "{container.privileged}")),
        Field("orchestrator.type", _if(f"{known('k8s.pod_name')} IS NOT NULL", "'kubernetes'")),
        Field("orchestrator.namespace", known("k8s.ns_name")),
        Field("orchestrator.resource.type", _if(f"{known('k8s.pod_name')} IS NOT NULL", "'pod'")),
        Field("orchestrator.resource.name", known("k8s.pod_name")),
        Field("file.path", PATH),
        Field("file.name", _if(OF_FILE, "{fd.filename}")),
        Field("file.directory", _if(OF_FILE, "{fd.directory}")),
        Field("file.type", "CASE {fd.typechar} WHEN 'f' THEN 'file' WHEN 'd' THEN 'dir' END"),
        Field("network.transport", _if(OF_NET, known("fd.l4proto"))),
        Field("network.type", "CASE {fd.typechar} WHEN '4' THEN 'ipv4' WHEN '6' THEN 'ipv6' END"),
        Field("network.direction", _if(OF_NET, "CASE WHEN {fd.is_server} THEN 'ingress' ELSE 'egress' END")),
        Field("source.ip", "{fd.cip}"),
        Field("source.port", "{fd.cport}"),
        Field("destination.ip", "{fd.sip}"),
        Field("destination.port", "{fd.sport}"),
    ),
    ENDS,
)
