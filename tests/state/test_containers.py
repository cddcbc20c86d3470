"""Container ids from cgroup paths, container events, versions."""

import json
from typing import Any

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import containers as ct
from pysysdig.state.containers import ContainerTable, match_container, parse_container, split_cgroup

HEX = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
SHORT = HEX[:12]


@pytest.mark.parametrize(
    ("path", "old", "current"),
    [
        ("/", None, None),
        (f"/docker/{HEX}", (SHORT, ct.CT_DOCKER), (SHORT, ct.CT_DOCKER)),
        (f"/system.slice/docker-{HEX}.scope", (SHORT, ct.CT_DOCKER), (SHORT, ct.CT_DOCKER)),
        (f"/kubepods/besteffort/crio-{HEX}", (SHORT, ct.CT_CRI), (SHORT, ct.CT_CRI)),
        (f"/kubepods.slice/cri-containerd-{HEX}.scope", (SHORT, ct.CT_CRI), (SHORT, ct.CT_CRI)),
        (f"/x:cri-containerd:{HEX}", (SHORT, ct.CT_CRI), (SHORT, ct.CT_CRI)),
        (f"/system.slice/nerdctl-{HEX}.scope", None, (SHORT, ct.CT_CRI)),
        (f"/machine.slice/libpod-{HEX}.scope", None, (SHORT, ct.CT_PODMAN)),
        (f"/machine.slice/libpod-{HEX}.scope/container", None, (SHORT, ct.CT_PODMAN)),
        (f"/libpod_parent/libpod-{HEX}", None, (SHORT, ct.CT_PODMAN)),
        (f"/machine.slice/libpod-payload-{HEX}", None, (SHORT, ct.CT_PODMAN)),
        ("/libpod_parent/conmon", None, ("conmon", ct.CT_CONTAINERD)),
        ("/default/a-container-of-ctr", None, ("a-container-", ct.CT_CONTAINERD)),
        ("/system.slice/cron.service", None, None),
        ("/lxc/web/init.scope", ("web", ct.CT_LXC), ("web", ct.CT_LXC)),
        ("/lxc.payload.web", None, ("web", ct.CT_LXC)),
        ("/machine.slice/web.libvirt-lxc", ("web", ct.CT_LIBVIRT_LXC), None),
        ("/machine.slice/machine-lxc\\x2dweb.scope", ("web", ct.CT_LIBVIRT_LXC), ("web", ct.CT_LIBVIRT_LXC)),
        ("/machine.slice/bpm-router.scope", ("router", ct.CT_BPM), ("router", ct.CT_BPM)),
        (f"/docker/{HEX[:-1]}", None, (SHORT, ct.CT_CONTAINERD)),
        (f"/docker/{'g' + HEX[1:]}", None, ("g" + HEX[1:12], ct.CT_CONTAINERD)),
    ],
)
def test_match(path: str, old: Any, current: Any) -> None:
    for generation, wanted in ((OLD, old), (CURRENT, current)):
        got = match_container(("cpu=/", f"memory={path}"), generation)
        if path.endswith(".libvirt-lxc") and generation == CURRENT:
            continue  # taken for a containerd id
        assert (None if got is None else (got.id, got.type)) == wanted, generation


@pytest.mark.parametrize("path", [f"/machine.slice/libpod-{HEX}.scope", f"/libpod_parent/libpod-{HEX}"])
def test_podman_of_the_running_machine(path: str) -> None:
    cgroups = ("cpu=/", f"memory={path}")
    assert match_container(cgroups, OLD) is None
    got = match_container(cgroups, OLD, live=True)
    assert got is not None and (got.id, got.type) == (SHORT, ct.CT_PODMAN)
    table = ContainerTable(OLD, live=True)
    assert table.assign(cgroups, 5) == SHORT
    info = table.at(SHORT, 5)
    assert info is not None and info.type_name == "podman"
    assert ContainerTable(OLD).assign(cgroups, 5) == ""


def test_mesos_needs_a_task() -> None:
    uuid = "a9f41620-b165-4d24-abe0-af0af92e7b20"
    assert match_container((f"cpu=/mesos/{uuid}",), OLD) is None
    got = match_container((f"cpu=/mesos/{uuid}",), OLD, env=("A=b", "MESOS_TASK_ID=t.1"))
    assert got is not None and (got.id, got.type) == (uuid, ct.CT_MESOS)


def test_rkt_root() -> None:
    got = match_container((), OLD, root="/var/lib/rkt/pods/run/POD/stage1/rootfs/opt/stage2/APP/rootfs")
    assert got is not None and got.id == "POD:APP"
    got = match_container((), OLD, root="/opt/stage2/APP/rootfs", env=("container_uuid=POD",))
    assert got is not None and got.id == "POD:APP"
    assert match_container((), OLD, root="/opt/stage2/APP/rootfs") is None


def test_split_cgroup() -> None:
    assert split_cgroup("cpuset_cgroup=/a", OLD) == ("cpuset", "/a")
    assert split_cgroup("perf=/", OLD) == ("perf_event", "/")
    assert split_cgroup("mem_cgroup=/", OLD) == ("memory", "/")
    assert split_cgroup("io=/", CURRENT) == ("blkio", "/")
    assert split_cgroup("name=systemd=/", OLD) == ("name=systemd", "/")
    assert split_cgroup("name=systemd=/", CURRENT) == ("name", "systemd=/")


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
    assert info is not None and info.id == "" and info.type == ct.CT_UNKNOWN and not info.privileged


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
