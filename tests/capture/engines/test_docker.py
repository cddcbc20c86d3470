"""What Docker's API says of a container, and that wrong answers cannot harm."""

from __future__ import annotations

import json

import pytest

from pysysdig.capture.engines import docker
from pysysdig.capture.engines.http import MAX_ANSWER, EngineError
from pysysdig.state.cgroups import CT_DOCKER, CT_PODMAN
from pysysdig.state.containers import parse_container
from tests.capture.fake_engine import ANSWER, FULL, IMAGE, Engine, ok


def test_the_event_says_what_the_engine_knows(engine: Engine) -> None:
    text = docker.look_up(engine.path, "0123456789ab", CT_DOCKER)
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


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("redis", ("redis", "", "")),
        ("redis:7", ("redis", "7", "")),
        ("docker.io/library/redis:7@sha256:0", ("docker.io/library/redis", "7", "sha256:0")),
        ("host:5000/a/b", ("host:5000/a/b", "", "")),
        ("", ("", "", "")),
    ],
)
def test_names_of_images(name: str, parts: tuple[str, str, str]) -> None:
    assert docker.split_image(name) == parts


def test_an_image_by_name_is_looked_for_in_the_list(engine: Engine) -> None:
    engine.answers["/containers/0123456789ab/json"] = ok(
        {"Id": FULL, "Image": "localhost/shop", "Config": {"Image": "localhost/shop"}}
    )
    listed = [
        {"Names": ["localhost/other:latest"], "Id": "1"},
        {"Names": ["localhost/shop:latest"], "Id": "sha256:22", "Digest": "sha256:9"},
    ]
    engine.answers["/images/json"] = ok(listed)
    info = parse_container(docker.look_up(engine.path, "0123456789ab", CT_PODMAN))
    assert info is not None
    assert (info.imageid, info.imagerepo, info.imagetag, info.imagedigest) == ("22", "localhost/shop", "latest", "sha256:9")


def test_a_shared_network_has_the_address_of_the_other_container(engine: Engine) -> None:
    mine = {**ANSWER, "HostConfig": {"NetworkMode": "container:abc"}, "NetworkSettings": {}}
    engine.answers["/containers/0123456789ab/json"] = ok(mine)
    engine.answers["/containers/abc/json"] = ok(ANSWER)
    info = parse_container(docker.look_up(engine.path, "0123456789ab", CT_DOCKER))
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
        docker.look_up(engine.path, "0123456789ab", CT_DOCKER)


def test_values_of_a_wrong_type_are_absent(engine: Engine) -> None:
    wrong = dict.fromkeys(ANSWER, 7) | {
        "Config": {"Labels": {"a": 1}, "Env": "x", "User": []},
        "HostConfig": {"Memory": "x", "CpuShares": 1e300},
    }
    engine.answers["/containers/0123456789ab/json"] = ok(wrong | {"Name": "/\ud800"})
    text = docker.look_up(engine.path, "0123456789ab", CT_DOCKER)
    info = parse_container(text.encode("utf-8", "replace").decode("latin-1"))
    assert info is not None and info.labels == {} and info.mounts == () and info.image == ""
