"""Container ids from cgroup paths."""

from typing import Any

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import cgroups as ct
from pysysdig.state.cgroups import match_container, split_cgroup

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


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("/lxc.payload.web", ("web", ct.CT_LXC, False)),
        ("/default/demo1", ("demo1", ct.CT_CONTAINERD, True)),
        (f"/machine.slice/libpod-{HEX}.scope", (SHORT, ct.CT_PODMAN, False)),
        (f"/default/{HEX}", (SHORT, ct.CT_DOCKER, False)),
        ("/system.slice/cron.service", None),
    ],
)
def test_on_the_running_machine_later_layouts_count_too(path: str, want: Any) -> None:
    """That of containerd's own looks like any two folders: it is to be told of."""
    got = match_container((f"cpu={path}",), OLD, live=True)
    assert (None if got is None else (got.id, got.type, got.told)) == want
