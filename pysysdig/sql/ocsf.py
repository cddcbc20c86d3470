"""The Open Cybersecurity Schema Framework: a view for each of the classes Process Activity, File System Activity and Network
Activity, one row a call. Names and numbers are those of its events/, objects/ and dictionary.json."""

from __future__ import annotations

from pysysdig import __version__
from pysysdig.sql.kinds import OF_FILE, PATH, any_of, by_kind, inside, known, types_of
from pysysdig.sql.views import ALL, MILLIS, Field, View

VERSION = "1.8.0"

_FAILED = "{evt.failed}"
_UNREACHED = "'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'"
# class -> kind of call -> activity_id
_ACTIVITIES: dict[str, dict[str, str]] = {
    "process": {"exec": "1", "fork": "1", "exit": "2", "trace": "4", "identity": "5"},
    "file": {
        "create": "1", "read": "2", "write": "3", "truncate": "3", "delete": "4", "rename": "5", "mode": "7", "open": "14",
    },
    "network": {
        "connect": f"CASE WHEN {{evt.res}} = 'ECONNREFUSED' THEN 5 WHEN {{evt.res}} IN ({_UNREACHED}) THEN 4 ELSE 1 END",
        "accept": "1", "listen": "7", "traffic": "6", "disconnect": "2",
    },
}  # fmt: skip
_NAMES: dict[str, dict[int, str]] = {
    "process": {1: "Launch", 2: "Terminate", 4: "Inject", 5: "Set User ID"},
    "file": {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 5: "Rename", 7: "Set Security", 14: "Open"},
    "network": {1: "Open", 2: "Close", 4: "Fail", 5: "Refuse", 6: "Traffic", 7: "Listen"},
}


def _base(what: str, class_uid: int, class_name: str, category: int, category_name: str) -> tuple[Field, ...]:
    """What all classes have."""
    activity = by_kind(_ACTIVITIES[what])
    named = " ".join(f"WHEN {number} THEN '{name}'" for number, name in _NAMES[what].items())
    return (
        Field("activity_id", activity),
        Field("activity_name", f"CASE {activity} {named} END"),
        Field("category_uid", str(category)),
        Field("category_name", f"'{category_name}'"),
        Field("class_uid", str(class_uid)),
        Field("class_name", f"'{class_name}'"),
        Field("type_uid", f"{class_uid * 100} + {activity}"),
        Field("severity_id", "1"),
        Field("severity", "'Informational'"),
        Field("time", "{evt.rawtime}", MILLIS),
        Field("status_id", f"CASE WHEN {_FAILED} THEN 2 WHEN {{evt.rawres}} IS NOT NULL THEN 1 ELSE 0 END"),
        Field("status", f"CASE WHEN {_FAILED} THEN 'Failure' WHEN {{evt.rawres}} IS NOT NULL THEN 'Success' ELSE 'Unknown' END"),
        Field("status_code", f"CASE WHEN {_FAILED} THEN {{evt.res}} END"),
        Field("metadata.version", f"'{VERSION}'"),
        Field("metadata.profiles", "'host', 'container'", ALL),
        Field("metadata.product.name", "'pysysdig'"),
        Field("metadata.product.vendor_name", "'pysysdig'"),
        Field("metadata.product.version", f"'{__version__}'"),
        Field("metadata.event_code", "{evt.type}"),
        Field("metadata.sequence", "{evt.num}"),
        Field("device.type_id", "0"),
        Field("device.hostname", known("evt.hostname")),
    )


def _process(at: str) -> tuple[Field, ...]:
    """The process of an event."""
    return (
        Field(f"{at}.pid", "{proc.pid}"),
        Field(f"{at}.tid", "{thread.tid}"),
        Field(f"{at}.name", "{proc.name}"),
        Field(f"{at}.cmd_line", "{proc.cmdline}"),
        Field(f"{at}.working_directory", "{proc.cwd}"),
        Field(f"{at}.created_time", "{proc.pid_ts}", MILLIS),
        Field(f"{at}.file.path", "{proc.exepath}"),
        Field(f"{at}.file.name", "regexp_replace({proc.exepath}, '^.*/', '')"),
        Field(f"{at}.file.type_id", "CASE WHEN {proc.exepath} IS NOT NULL THEN 1 END"),
        Field(f"{at}.user.uid", "cast({user.uid} AS VARCHAR(20))"),
        Field(f"{at}.user.name", known("user.name")),
        Field(f"{at}.container.uid", inside("container.id")),
        Field(f"{at}.container.name", inside("container.name")),
        Field(f"{at}.container.runtime", inside("container.type")),
        Field(f"{at}.namespace_pid", "{proc.vpid}"),
        *_parent(f"{at}.parent_process"),
    )


def _parent(at: str) -> tuple[Field, ...]:
    return (
        Field(f"{at}.pid", "{proc.ppid}"),
        Field(f"{at}.name", "{proc.pname}"),
        Field(f"{at}.cmd_line", "{proc.pcmdline}"),
    )


def _view(name: str, what: str, fields: tuple[Field, ...]) -> View:
    return View(name, fields, any_of(_ACTIVITIES[what]), types_of(_ACTIVITIES[what]))


PROCESS = _view(
    "ocsf_process_activity",
    "process",
    (
        *_base("process", 1007, "Process Activity", 1, "System Activity"),
        *_parent("actor.process"),
        *_process("process"),
        Field("launch_type_id", by_kind({"exec": "3", "fork": "2"})),
    ),
)
FILE = _view(
    "ocsf_file_activity",
    "file",
    (
        *_base("file", 1001, "File System Activity", 1, "System Activity"),
        *_process("actor.process"),
        Field("file.path", PATH),
        Field("file.name", f"regexp_replace({PATH}, '^.*/', '')"),
        Field("file.parent_folder", f"CASE WHEN {OF_FILE} THEN {{fd.directory}} END"),
        Field("file.type_id", "CASE {fd.typechar} WHEN 'f' THEN 1 WHEN 'd' THEN 2 ELSE 0 END"),
    ),
)
NETWORK = _view(
    "ocsf_network_activity",
    "network",
    (
        *_base("network", 4001, "Network Activity", 4, "Network Activity"),
        *_process("actor.process"),
        Field("src_endpoint.ip", "{fd.cip}"),
        Field("src_endpoint.port", "{fd.cport}"),
        Field("dst_endpoint.ip", "{fd.sip}"),
        Field("dst_endpoint.port", "{fd.sport}"),
        Field("connection_info.protocol_name", known("fd.l4proto")),
        Field("connection_info.protocol_ver_id", "CASE {fd.typechar} WHEN '4' THEN 4 WHEN '6' THEN 6 ELSE 0 END"),
        Field(
            "connection_info.direction_id", "CASE WHEN {fd.is_server} THEN 1 WHEN {fd.is_server} IS NOT NULL THEN 2 ELSE 0 END"
        ),
    ),
)
OCSF = (PROCESS, FILE, NETWORK)
