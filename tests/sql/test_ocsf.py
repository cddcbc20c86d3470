"""The views `ocsf_*` say what the Open Cybersecurity Schema Framework calls so, in its types and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.sql.kinds import KINDS
from pysysdig.sql.ocsf import OCSF, VERSION
from pysysdig.sql.views import View

# of ocsf/ocsf-schema 1.8.0: attributes of events/{system/process,system/file,network/network}_activity.json and the objects that
# they refer to, with the primitive types that dictionary.json gives them
COMMON = {
    "integer_t": """
        activity_id category_uid class_uid severity_id status_id metadata.sequence device.type_id actor.process.pid
    """,
    "string_t": """
        activity_name category_name class_name severity status status_code metadata.version metadata.product.name
        metadata.product.vendor_name metadata.product.version metadata.event_code device.hostname actor.process.name
        actor.process.cmd_line
    """,
    "long_t": """
        type_uid time
    """,
    "string_t[]": "metadata.profiles",
}
PUBLISHED = {
    "ocsf_process_activity": {
        "integer_t": """
            process.pid process.tid process.file.type_id process.namespace_pid process.parent_process.pid launch_type_id
        """,
        "string_t": """
            process.name process.cmd_line process.working_directory process.file.path process.file.name process.user.uid
            process.user.name process.container.uid process.container.name process.container.runtime
            process.parent_process.name process.parent_process.cmd_line
        """,
        "long_t": """
            process.created_time
        """,
    },
    "ocsf_file_activity": {
        "integer_t": """
            actor.process.tid actor.process.file.type_id actor.process.namespace_pid actor.process.parent_process.pid
            file.type_id
        """,
        "string_t": """
            actor.process.working_directory actor.process.file.path actor.process.file.name actor.process.user.uid
            actor.process.user.name actor.process.container.uid actor.process.container.name
            actor.process.container.runtime actor.process.parent_process.name actor.process.parent_process.cmd_line
            file.path file.name file.parent_folder
        """,
        "long_t": """
            actor.process.created_time
        """,
    },
    "ocsf_network_activity": {
        "integer_t": """
            actor.process.tid actor.process.file.type_id actor.process.namespace_pid actor.process.parent_process.pid
            src_endpoint.port dst_endpoint.port connection_info.protocol_ver_id connection_info.direction_id
        """,
        "string_t": """
            actor.process.working_directory actor.process.file.path actor.process.file.name actor.process.user.uid
            actor.process.user.name actor.process.container.uid actor.process.container.name
            actor.process.container.runtime actor.process.parent_process.name actor.process.parent_process.cmd_line
            src_endpoint.ip dst_endpoint.ip connection_info.protocol_name
        """,
        "long_t": """
            actor.process.created_time
        """,
    },
}
# what the classes require there, of those without the profiles cloud and osint
REQUIRED = (
    "activity_id", "category_uid", "class_uid", "metadata.product", "metadata.version", "severity_id", "time", "type_uid",
    "device.type_id", "actor",
)  # fmt: skip
OWN = {
    "ocsf_process_activity": ("process",),
    "ocsf_file_activity": ("file.name", "file.type_id"),
    "ocsf_network_activity": ("connection_info.direction_id", "src_endpoint", "dst_endpoint"),
}
ACTIVITIES = {
    "ocsf_process_activity": {1: "Launch", 2: "Terminate", 4: "Inject", 5: "Set User ID"},
    "ocsf_file_activity": {
        1: "Create", 2: "Read", 3: "Update", 4: "Delete", 5: "Rename", 6: "Set Attributes", 7: "Set Security", 14: "Open",
    },
    "ocsf_network_activity": {1: "Open", 2: "Close", 4: "Fail", 5: "Refuse", 6: "Traffic", 7: "Listen"},
}  # fmt: skip
IN_DUCKDB = {
    "integer_t": {"INTEGER", "BIGINT"},
    "long_t": {"INTEGER", "BIGINT"},
    "string_t": {"VARCHAR"},
    "string_t[]": {"VARCHAR[]"},
}
VIEWS = [view.name for view in OCSF]


def published(view: str) -> dict[str, str]:
    return {path: kind for kinds in (COMMON, PUBLISHED[view]) for kind, paths in kinds.items() for path in paths.split()}


@pytest.mark.parametrize("view", OCSF, ids=VIEWS)
def test_all_fields_are_published_ones(view: View) -> None:
    paths = {field.path for field in view.fields}
    assert VERSION == "1.8.0" and paths == set(published(view.name))
    for needed in (*REQUIRED, *OWN[view.name]):
        assert any(f"{path}.".startswith(f"{needed}.") for path in paths), needed


@pytest.mark.parametrize("view", VIEWS)
def test_types(view: str, root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures" / "demo.scap", root / "captures" / "udp.scap")
    for path, kind in published(view).items():
        (got,) = trace.sql(f"select any_value(typeof({path})) from {view}").fetchone()
        assert got in IN_DUCKDB[kind], path


@pytest.mark.parametrize("view", VIEWS)
def test_activities(view: str, root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures")
    rows = trace.sql(f"select activity_id, activity_name, class_uid, type_uid, count(*) from {view} group by all").fetchall()
    assert rows and sum(row[-1] for row in rows) > 20
    for number, name, class_uid, type_uid, _ in rows:
        assert ACTIVITIES[view][number] == name and type_uid == 100 * class_uid + number


def test_launches_and_ends(root: Path) -> None:
    """Of processes: what was executed, and who did it."""
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    trace = pysysdig.open(root / "captures" / "demo.scap")
    query = "select metadata.sequence, process.name, actor.process.name from ocsf_process_activity where launch_type_id = 3"
    wanted = trace.filter("evt.type in (execve, execveat) and evt.dir = <").select("evt.num", "proc.name", "proc.pname")
    assert trace.sql(query).fetchall() == list(wanted.rows())
    (ended,) = trace.sql("select count(*) from ocsf_process_activity where activity_id = 2").fetchone()
    assert ended == trace.filter("evt.type = procexit").count()


def test_each_kind_of_call_is_in_one_class() -> None:
    text = " ".join(view.where for view in OCSF)
    assert all(f"'{name}'" in text for names, _ in KINDS.values() for name in names.split())
