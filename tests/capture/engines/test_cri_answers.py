"""What runtimes said of real containers and pods, as the members of container events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pysysdig.capture.engines.answers import event_text
from pysysdig.capture.engines.cri_answers import container_of, sandbox_of
from pysysdig.capture.engines.engine import Json
from pysysdig.events.table import OLD
from pysysdig.state.containers import ContainerInfo, parse_container
from pysysdig.wire import Message
from tests.capture.fake_runtime import container_status, pod_status

RECORDED = Path(__file__).parents[4] / "shared" / "containers"
GIVEN = {"Gateway": "10.244.0.1", "IP": "10.244.0.2"}
MODES = {"POD": 0, "CONTAINER": 1, "NODE": 2}
PROPAGATIONS = {"PROPAGATION_PRIVATE": 0, "PROPAGATION_HOST_TO_CONTAINER": 1, "PROPAGATION_BIDIRECTIONAL": 2}


def recorded(name: str) -> Any:
    path = RECORDED / name
    if not path.exists():
        pytest.skip("the recorded answers are not here")
    return json.JSONDecoder().raw_decode(path.read_text())[0]


def told(container: Json) -> ContainerInfo:
    info = parse_container(event_text({"id": "x", "type": 7, **container}, OLD))
    assert info is not None
    return info


def pod() -> bytes:
    given = recorded("containerd16/PodSandboxStatus.json")
    options = given["status"]["linux"]["namespaces"]["options"]
    modes = {"network_mode": MODES[options["network"]], "pid_mode": MODES[options["pid"]]}
    return pod_status({**given["status"], **modes}, given["info"]["info"])


def test_containerd_says() -> None:
    given = recorded("containerd16/ContainerStatus.json")
    status = given["status"]
    for mount in status["mounts"]:
        mount["propagation"] = PROPAGATIONS[mount.get("propagation", "PROPAGATION_PRIVATE")]
    asked: list[str] = []

    def pod_of(ident: str) -> Message:
        asked.append(ident)
        return Message(pod())

    container = container_of(Message(container_status(status, given["info"]["info"])), pod_of, 100)
    info = told(container)
    assert asked == [info.pod_sandbox_id] and len(info.pod_sandbox_id) == 64
    assert (info.full_id, info.name, info.image) == (status["id"], "shopper", "docker.io/local/bb:1.0")
    assert (info.imageid, info.imagerepo, info.imagetag) == ("1.0", "docker.io/local/bb", "1.0")
    assert info.imagedigest == status["image_ref"] and info.privileged and info.host_network and not info.host_pid
    assert [m.text for m in info.mounts] == ["/etc:/host/etc::false:private", "/var/lib/ctd/shared:/var/run::true:rslave"]
    assert info.labels["io.kubernetes.pod.namespace"] == "shop" and info.labels["io.kubernetes.sandbox.id"] == info.pod_sandbox_id
    assert "long" not in info.pod_sandbox_labels and info.pod_sandbox_labels["app"] == "web"
    assert (info.ip, info.cni_json, info.user) == ("0.0.0.0", "", "0")
    assert (container["env"], container["created_time"]) == (["MESOS_TASK_ID=t1"], int(status["created_at"]) // 10**9)
    assert (container["cpu_shares"], container["cpu_quota"], container["memory_limit"]) == (512, 50000, 64 << 20)


def test_a_pod() -> None:
    info = told(sandbox_of(Message(pod()), 100))
    assert info.is_pod_sandbox and info.labels["io.kubernetes.pod.name"] == "web-2" and info.image == "docker.io/local/pause:1"


@pytest.mark.parametrize(
    ("runtime", "address", "network"),
    [
        ("containerd", "10.244.0.2", {"bridge": {"IPConfigs": None}, "eth0": {"IPConfigs": [GIVEN]}}),
        ("crio", "10.244.0.3", None),
    ],
)  # fmt: skip
def test_the_libraries_own_examples(runtime: str, address: str, network: Any) -> None:
    """CRI-O's has a bracket too many at its end."""
    container, sandbox = recorded(f"libs_ut/{runtime}_container_info.json"), recorded(f"libs_ut/{runtime}_pod_info.json")
    its_pod = pod_status({"id": "f" * 64, "metadata": {"name": "nginx-sandbox", "uid": "u"}, "network": {"ip": address}}, sandbox)
    status = {"id": "a" * 64, "metadata": {"name": "busybox"}, "image": {"image": "busybox"}}
    broken = json.dumps(container) + "}"
    info = told(container_of(Message(container_status(status, broken)), lambda ident: Message(its_pod), 100))
    assert info.privileged and info.name == "busybox" and info.ip == address
    assert info.pod_sandbox_id == container["sandboxID"] and info.labels["io.kubernetes.pod.name"] == "nginx-sandbox"
    if network is not None:
        assert json.loads(info.cni_json) == network and info.imageid == "busybox"
    else:
        assert info.cni_json == sandbox["runtimeSpec"]["annotations"]["io.kubernetes.cri-o.CNIResult"]


@pytest.mark.parametrize(
    ("image", "reference", "annotations", "want"),
    [
        ("r/a:1", "sha256:9", {}, ("r/a:1", "r/a", "1", "sha256:9")),
        ("r/a:1", "r/a@sha256:9", {}, ("r/a:1", "r/a", "1", "sha256:9")),
        ("r/a", "", {}, ("r/a", "r/a", "", "")),
        ("sha256:9", "sha256:9", {"io.kubernetes.cri.image-name": "r/b:2"}, ("r/b:2", "r/b", "2", "sha256:9")),
        ("", "", {"io.kubernetes.cri-o.ImageName": "r/c:3"}, ("r/c:3", "r/c", "3", "")),
        ("host:5000/a:1", "host:5000/a@sha256:9", {}, ("host:5000/a:1", "host:5000/a", "1", "sha256:9")),
    ],
)
def test_names_of_images(image: str, reference: str, annotations: dict[str, str], want: tuple[str, ...]) -> None:
    status = container_status({"image": {"image": image}, "image_ref": reference}, {"runtimeSpec": {"annotations": annotations}})
    got = container_of(Message(status), lambda ident: None, 100)
    assert (got["image"], got["imagerepo"], got["imagetag"], got["imagedigest"]) == want


@pytest.mark.parametrize("place", ["runtimeSpec", "config", "top"])
@pytest.mark.parametrize("linux", [{"namespaces": []}, {}])
def test_where_it_is_said_to_be_privileged(place: str, linux: Json) -> None:
    """Only where there is a specification of the system's."""
    context = {"security_context": {"privileged": True}}
    info: Json = {"runtimeSpec": {"linux": {**linux, **(context if place == "runtimeSpec" else {})}}}
    info |= {"config": {"linux": context}} if place == "config" else {"privileged": True} if place == "top" else {}
    got = container_of(Message(container_status({}, info)), lambda ident: None, 100)
    assert got["privileged"] == (bool(linux) or place == "runtimeSpec")
