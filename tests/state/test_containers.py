"""Container events, versions, what ids tell."""

import json
from typing import Any

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.cgroups import CT_PODMAN, match_container
from pysysdig.state.containers import CT_UNKNOWN, ContainerTable, parse_container

HEX = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
SHORT = HEX[:12]


@pytest.mark.parametrize("path", [f"/machine.slice/libpod-{HEX}.scope", f"/libpod_parent/libpod-{HEX}"])
def test_podman_of_the_running_machine(path: str) -> None:
    cgroups = ("cpu=/", f"memory={path}")
    assert match_container(cgroups, OLD) is None
    got = match_container(cgroups, OLD, live=True)
    assert got is not None and (got.id, got.type) == (SHORT, CT_PODMAN)
    table = ContainerTable(OLD, live=True)
    assert table.assign(cgroups, 5) == SHORT
    info = table.at(SHORT, 5)
    assert info is not None and info.type_name == "podman"
    assert ContainerTable(OLD).assign(cgroups, 5) == ""


EVENT = {
    "container": {
        "id": SHORT, "type": 0, "name": "wéb", "image": "nginx:1", "privileged": True, "ip": "172.17.0.2", "User": "app",
        "labels": {"b": "2", "a": ""}, "Healthcheck": {"exe": "curl", "args": ["-f", "x"]}, "lookup_state": 1,
        "Mounts": [{"Source": "/s", "Destination": "/d", "Mode": "rw", "RW": True, "Propagation": "rprivate"}, 7],
    }
}  # fmt: skip


def as_bytes(event: Any) -> str:
    return json.dumps(event, ensure_ascii=False).encode().decode("latin-1")


def test_parse_container() -> None:
    info = parse_container(as_bytes(EVENT) + "\0")
    assert info is not None
    assert info.name == "wéb".encode().decode("latin-1")
    assert info.type_name == "docker" and info.privileged and not info.failed
    assert info.mounts[0].text == "/s:/d:rw:true:rprivate" and len(info.mounts) == 1
    assert list(info.labels) == ["a", "b"]
    assert info.probes["Healthcheck"] == ("curl", ("-f", "x"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"container": 3}', "[" * 100_000, "\xff\xfe", "1" * 5000])
def test_parse_nonsense(text: str) -> None:
    assert parse_container(text) is None


def test_parse_wrong_types() -> None:
    body = {"id": 3, "type": "x", "labels": [1], "Mounts": {}, "privileged": "yes", "Healthcheck": {"exe": 1}}
    info = parse_container(as_bytes({"container": body}))
    assert info is not None and info.id == "" and info.type == CT_UNKNOWN and not info.privileged


def test_parse_texts_that_are_no_unicode() -> None:
    text = '{"container": {"id": "\xff", "name": "a\\ud800", "labels": {"\\udfff": "b", "c": ["\\u4e2d\\ud800"]}}}'
    info = parse_container(text)
    assert info is not None and (info.id, info.name) == ("\xff", "a?")
    assert info.labels == {"?": "b", "c": "['\xe4\xb8\xad\\ud800']"}


def named(table: ContainerTable, number: int, id_: str = SHORT) -> str:
    found = table.at(id_, number)
    assert found is not None
    return found.name


def test_versions() -> None:
    table = ContainerTable(OLD)
    assert table.assign((f"cpu=/docker/{HEX}",), 5) == SHORT
    assert table.assign((f"cpu=/docker/{HEX}",), 6) == SHORT
    assert table.assign(("cpu=/",), 7) == ""
    assert table.at(SHORT, 4) is None
    assert named(table, 5) == ""
    table.update(as_bytes(EVENT), 9)
    now = table.at(SHORT, 9)
    assert named(table, 8) == "" and now is not None and now.image == "nginx:1"
    assert table.changes(SHORT) == [5, 9]
    assert [c.image for c in table.all_at(100)] == ["nginx:1"]


def test_ids_without_entries() -> None:
    table = ContainerTable(CURRENT)
    assert table.assign((f"cpu=/docker/{HEX}",), 1) == SHORT
    assert table.at(SHORT, 9) is None
    assert table.assign(("cpu=/lxc.payload.web",), 2) == "web"
    assert named(table, 2, "web") == "web"


def test_no_engine_is_claimed_on_the_running_machine() -> None:
    """The cgroups of docker's containers are those of containerd's, too; in captures they count as docker's, as in sysdig."""
    cgroups = ["cpu=/kubepods/besteffort/pod1/" + "ab" * 32]
    live, read = ContainerTable(OLD, True), ContainerTable(OLD)
    assert live.assign(cgroups, 1) == read.assign(cgroups, 1) == "ab" * 6
    assert live.at("ab" * 6, 1) is None
    info = read.at("ab" * 6, 1)
    assert info is not None and info.type_name == "docker"
    live.update(json.dumps({"container": {"id": "ab" * 6, "type": 7}}), 2)
    info = live.at("ab" * 6, 2)
    assert info is not None and info.type_name == "containerd"


def test_new_containers_are_known_however_many_there_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.state.containers.MAX_CONTAINERS", 10)
    table = ContainerTable(OLD)
    for i in range(100):
        table.update(json.dumps({"container": {"id": str(i), "name": f"n{i}"}}), i)
    assert len(table) == 10
    info = table.at("99", 99)
    assert info is not None and info.name == "n99" and table.at("0", 99) is None and table.changes("0") == []


def test_two_folders_are_a_container_once_an_engine_has_said_so() -> None:
    table = ContainerTable(OLD, live=True)
    assert table.assign(["cpu=/default/demo1"], 1) == ""
    table.update(json.dumps({"container": {"id": "demo1", "type": 7}}), 2)
    assert table.assign(["cpu=/default/demo1"], 3) == "demo1" and table.assign(["cpu=/default/other"], 3) == ""


def test_everybody_may_be_in_one_container() -> None:
    table = ContainerTable(CURRENT, everyone="ff")
    assert {table.assign(cgroups, 0) for cgroups in ([], ["cpu=/"], [f"cpu=/docker/{'a' * 64}"])} == {"ff"}
