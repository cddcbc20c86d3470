"""What Docker's API says of a container, and that wrong answers cannot harm."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pysysdig.capture.engines import docker
from pysysdig.capture.engines.answers import event_text
from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings
from pysysdig.capture.engines.http import MAX_ANSWER
from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.cgroups import CT_DOCKER
from pysysdig.state.containers import parse_container
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from tests.capture.fake_engine import ANSWER, FULL, IMAGE, Engine, ok


def told(engine: Engine) -> str:
    """The JSON of the event about the one container."""
    return event_text(docker.Engine(engine.path, EngineSettings()).ask("0123456789ab"), OLD)


def test_the_event_says_what_the_engine_knows(engine: Engine) -> None:
    text = told(engine)
    given = json.loads(text)["container"]
    info = parse_container(text)
    assert info is not None
    assert (info.id, info.full_id, info.type, info.name, info.user) == ("0123456789ab", FULL, CT_DOCKER, "web", "www")
    assert (info.image, info.imageid) == ("registry.example:5000/shop/front:v2", IMAGE)
    assert (info.imagerepo, info.imagetag, info.imagedigest) == ("registry.example:5000/shop/front", "v2", "sha256:2")
    assert info.labels == {"tier": "front"}
    assert info.privileged and info.host_pid and not info.host_network and not info.failed
    assert info.ip == "172.17.0.2"
    assert [m.text for m in info.mounts] == ["/srv:/data:ro:false:rprivate"]
    assert info.probes == {"Healthcheck": ("/bin/check", ("-q",))}
    assert given["created_time"] == 1714979289
    assert given["port_mappings"] == [{"HostIp": 0, "HostPort": 8080, "ContainerPort": 80}]
    assert given["env"] == ["MESOS_TASK_ID=7"]
    assert (given["cpu_quota"], given["cpu_period"], given["cpu_shares"], given["cpuset_cpu_count"]) == (150000, 100000, 1024, 4)


SANDBOX = "5b" * 32
POD = {"io.kubernetes.pod.name": "web-1", "io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": "u-1"}
OF_POD = {**POD, "io.kubernetes.docker.type": "container", "io.kubernetes.sandbox.id": SANDBOX}


def labelled(engine: Engine, labels: dict[str, Any], full: str = FULL) -> None:
    answer = {**ANSWER, "Id": full, "Config": {**ANSWER["Config"], "Labels": labels}}
    engine.answers[f"/containers/{full[:12]}/json"] = ok(answer)


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_the_pod_of_containers_that_kubernetes_has_made_through_docker(engine: Engine, generation: str) -> None:
    """From the labels that dockershim and cri-dockerd give them, however long labels may be."""
    labelled(engine, OF_POD)
    labelled(engine, {**POD, "io.kubernetes.docker.type": "podsandbox", "app": "front"}, SANDBOX)
    docker_ = docker.Engine(engine.path, EngineSettings(max_label=20))
    before = snapshot(process(20, cgroups=[f"cpu=/kubepods/podu-1/{FULL}"]), process(30, cgroups=["cpu=/"]))
    events = []
    for full in (SANDBOX, FULL):
        info = event_text(docker_.ask(full[:12]), OLD)
        events.append(event("CONTAINER_JSON_2_E", tid=-1, params=[info]))
    name, params = ("SYSCALL_GETUID_E", []) if generation == OLD else ("SYSCALL_GETUID_X", [0])
    view = Inspector(before, generation, THREAD).process(batch([*events, *(event(name, tid=t, params=params) for t in (20, 30))]))
    want = {
        "k8s.pod.name": "web-1", "k8s.ns.name": "shop", "k8s.pod.uid": "u-1", "k8s.pod.full_sandbox_id": SANDBOX,
        "k8s.pod.label[app]": "front", "k8s.pod.labels": "app:front",
    }  # fmt: skip
    assert {k: lookup(k).shown(view, np.array([2])).tolist()[0] for k in want} == want
    assert not any(lookup(k).shown(view, np.array([3])).tolist()[0] for k in want)


@pytest.mark.parametrize("sandbox", ["5b5b", "x" * 64, 3, None, ["5b" * 32], SANDBOX + "\n"])
def test_a_sandbox_that_is_none(sandbox: Any, engine: Engine) -> None:
    labelled(engine, {**OF_POD, "io.kubernetes.sandbox.id": sandbox})
    info = parse_container(told(engine))
    assert info is not None and info.pod_sandbox_id == "" and info.labels["io.kubernetes.pod.name"] == "web-1"


def test_an_image_by_name_is_looked_for_in_the_list(engine: Engine) -> None:
    engine.answers["/containers/0123456789ab/json"] = ok(
        {"Id": FULL, "Image": "localhost/shop", "Config": {"Image": "localhost/shop"}}
    )
    listed = [
        {"Names": ["localhost/other:latest"], "Id": "1"},
        {"Names": ["localhost/shop:latest"], "Id": "sha256:22", "Digest": "sha256:9"},
    ]
    engine.answers["/images/json"] = ok(listed)
    info = parse_container(told(engine))
    assert info is not None
    assert (info.imageid, info.imagerepo, info.imagetag, info.imagedigest) == ("22", "localhost/shop", "latest", "sha256:9")


def test_a_shared_network_has_the_address_of_the_other_container(engine: Engine) -> None:
    mine = {**ANSWER, "HostConfig": {"NetworkMode": "container:abc"}, "NetworkSettings": {}}
    engine.answers["/containers/0123456789ab/json"] = ok(mine)
    engine.answers["/containers/abc/json"] = ok(ANSWER)
    info = parse_container(told(engine))
    assert info is not None and info.ip == "172.17.0.2"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.0 200 OK\r\n",
        b"nonsense\r\n\r\n{}",
        b"HTTP/1.0 500 Internal Server Error\r\n\r\n{}",
        ok([]),
        ok("text"),
        b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 200000,
        b"HTTP/1.0 200 OK\r\n\r\n" + b" " * (MAX_ANSWER + 1),
    ],
)
def test_what_is_no_answer_is_an_error(engine: Engine, answer: bytes) -> None:
    engine.answers["/containers/0123456789ab/json"] = answer
    with pytest.raises(EngineError):
        told(engine)


def test_values_of_a_wrong_type_are_absent(engine: Engine) -> None:
    wrong = dict.fromkeys(ANSWER, 7) | {
        "Config": {"Labels": {"a": 1}, "Env": "x", "User": []},
        "HostConfig": {"Memory": "x", "CpuShares": 1e300},
    }
    engine.answers["/containers/0123456789ab/json"] = ok(wrong | {"Name": "/\ud800"})
    text = told(engine)
    info = parse_container(text.encode("utf-8", "replace").decode("latin-1"))
    assert info is not None and info.labels == {} and info.mounts == () and info.image == ""


@pytest.mark.parametrize("ident", ["../images", "0123456789a", "0123456789ab/json?x=", "0123456789AB", ""])
def test_only_ids_are_asked_about(engine: Engine, ident: str) -> None:
    with pytest.raises(EngineError):
        docker.Engine(engine.path, EngineSettings()).ask(ident)
    assert engine.asked == []


def test_containers_that_come_and_go_are_told_of(engine: Engine) -> None:
    engine.answers["/containers/json?all=1"] = ok([{"Id": FULL, "State": "running"}, {"Id": FULL[::-1], "State": "exited"}, 7])
    heard: list[tuple[str, int]] = []
    news = [
        {"Action": "create", "id": FULL[::-1]}, {"status": "remove", "Actor": {"ID": FULL}}, {"Action": ["create"], "id": FULL},
        {"Action": "destroy", "id": FULL[::-1]}, {"Action": "create", "id": "../../etc"}, {"Action": "exec", "id": FULL},
    ]  # fmt: skip
    begun: list[int] = []

    def begin() -> None:
        begun.append(len(heard))
        engine.tell(b"".join(json.dumps(n).encode() + b"\n" for n in news))
        for connection in engine.following:
            connection.close()

    docker.Engine(engine.path, EngineSettings()).follow(lambda ident, what: heard.append((ident, what)), begin)
    other = FULL[::-1][:12]
    assert begun == [1] and heard == [(FULL[:12], THERE), (other, NEW), (FULL[:12], GONE), (other, GONE)]
