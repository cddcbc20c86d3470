"""Container events: what engines answer, how it is asked for, and that it cannot harm."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pysysdig.capture import engines
from pysysdig.capture.containers import ContainerWatch
from pysysdig.state.cgroups import CT_DOCKER, CT_PODMAN
from pysysdig.state.containers import parse_container
from pysysdig.state.snapshot import ProcessEntry, Snapshot

FULL = "0123456789ab" * 5 + "0123"
IMAGE = "fedcba987654" * 5 + "3210"
ANSWER: dict[str, Any] = {
    "Id": FULL,
    "Name": "/web",
    "Created": "2024-05-06T07:08:09.123456789Z",
    "Image": f"sha256:{IMAGE}",
    "Config": {
        "Image": "registry.example:5000/shop/front:v2",
        "User": "www",
        "Labels": {"tier": "front", "long": "x" * 101},
        "Env": ["PATH=/bin", "MESOS_TASK_ID=7"],
        "Healthcheck": {"Test": ["CMD", "/bin/check", "-q"]},
    },
    "HostConfig": {"Privileged": True, "PidMode": "host", "NanoCpus": 1500000000, "CpusetCpus": "0-2,7", "CpuPeriod": 0},
    "NetworkSettings": {
        "IPAddress": "172.17.0.2",
        "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "53/udp": None},
    },
    "Mounts": [{"Source": "/srv", "Destination": "/data", "Mode": "ro", "RW": False, "Propagation": "rprivate"}],
}
IMAGE_ANSWER = {
    "RepoDigests": ["other@sha256:1", "registry.example:5000/shop/front@sha256:2"],
    "RepoTags": ["registry.example:5000/shop/front:v2"],
}

Serve = Callable[[dict[str, bytes]], str]


def ok(body: Any) -> bytes:
    """A whole answer."""
    return b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps(body).encode()


class Engine(threading.Thread):
    """Answers by resource; what it does not know is status 404. `asked` are the resources, in order."""

    def __init__(self, path: Path, answers: dict[str, bytes]) -> None:
        super().__init__(daemon=True)
        self.path, self.answers = str(path), answers
        self.asked: list[str] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                resource = connection.recv(4096).split()[1].decode()
                self.asked.append(resource)
                try:
                    connection.sendall(self.answers.get(resource, b"HTTP/1.0 404 Not Found\r\n\r\n{}"))
                except OSError:
                    pass

    def end(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that knows one container and its image."""
    answers = {"/containers/0123456789ab/json": ok(ANSWER), f"/images/{IMAGE}/json?digests=1": ok(IMAGE_ANSWER)}
    running = Engine(tmp_path / "engine.sock", answers)
    yield running
    running.end()


def test_the_event_says_what_the_engine_knows(engine: Engine) -> None:
    text = engines.look_up(engine.path, "0123456789ab", CT_DOCKER)
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
    assert engines.split_image(name) == parts


def test_an_image_by_name_is_looked_for_in_the_list(engine: Engine) -> None:
    engine.answers["/containers/0123456789ab/json"] = ok(
        {"Id": FULL, "Image": "localhost/shop", "Config": {"Image": "localhost/shop"}}
    )
    listed = [
        {"Names": ["localhost/other:latest"], "Id": "1"},
        {"Names": ["localhost/shop:latest"], "Id": "sha256:22", "Digest": "sha256:9"},
    ]
    engine.answers["/images/json"] = ok(listed)
    info = parse_container(engines.look_up(engine.path, "0123456789ab", CT_PODMAN))
    assert info is not None
    assert (info.imageid, info.imagerepo, info.imagetag, info.imagedigest) == ("22", "localhost/shop", "latest", "sha256:9")


def test_a_shared_network_has_the_address_of_the_other_container(engine: Engine) -> None:
    mine = {**ANSWER, "HostConfig": {"NetworkMode": "container:abc"}, "NetworkSettings": {}}
    engine.answers["/containers/0123456789ab/json"] = ok(mine)
    engine.answers["/containers/abc/json"] = ok(ANSWER)
    info = parse_container(engines.look_up(engine.path, "0123456789ab", CT_DOCKER))
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
        b"HTTP/1.0 200 OK\r\n\r\n" + b" " * (engines.MAX_ANSWER + 1),
    ],
)
def test_what_is_no_answer_is_an_error(engine: Engine, answer: bytes) -> None:
    engine.answers["/containers/0123456789ab/json"] = answer
    with pytest.raises(engines.EngineError):
        engines.look_up(engine.path, "0123456789ab", CT_DOCKER)


def test_values_of_a_wrong_type_are_absent(engine: Engine) -> None:
    wrong = dict.fromkeys(ANSWER, 7) | {
        "Config": {"Labels": {"a": 1}, "Env": "x", "User": []},
        "HostConfig": {"Memory": "x", "CpuShares": 1e300},
    }
    engine.answers["/containers/0123456789ab/json"] = ok(wrong | {"Name": "/\ud800"})
    text = engines.look_up(engine.path, "0123456789ab", CT_DOCKER)
    info = parse_container(text.encode("utf-8", "replace").decode("latin-1"))
    assert info is not None and info.labels == {} and info.mounts == () and info.image == ""


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "TIMEOUT", 0.2)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "slow.sock"))
        listening.listen()
        with pytest.raises(engines.EngineError):
            engines.get(str(tmp_path / "slow.sock"), "/containers/0123456789ab/json")


def _snapshot(*cgroups: str) -> Snapshot:
    snapshot = Snapshot()
    for cgroup in cgroups:
        process = ProcessEntry()
        process.cgroups = [f"cpu={cgroup}"]
        snapshot.processes.append(process)
    return snapshot


def test_every_container_is_asked_about_once(engine: Engine) -> None:
    watch = ContainerWatch({CT_DOCKER: engine.path})
    snapshot = _snapshot("/", f"/docker/{FULL}", f"/docker/{FULL}", "/user.slice", f"/machine/libpod-{FULL}.scope")
    watch.see_processes(snapshot)
    watch.see_processes(snapshot)
    watch.settle(30)
    batch = watch.take(5, 1000)
    watch.close()
    assert engine.asked.count("/containers/0123456789ab/json") == 1
    assert batch is not None
    assert batch.num.tolist() == [5] and batch.ts.tolist() == [1000] and batch.tid.tolist() == [-1]
    (text,) = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
    info = parse_container(text or "")
    assert info is not None and info.name == "web"
    assert watch.take(6, 1000) is None


def test_an_engine_that_does_not_answer_is_asked_again_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.capture.containers._PAUSE", 0.01)
    del engine.answers["/containers/0123456789ab/json"]
    watch = ContainerWatch({CT_DOCKER: engine.path})
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert watch.take(1, 1) is None
    assert len(engine.asked) == 3
    watch.close()


def test_without_an_engine_nothing_happens(tmp_path: Path) -> None:
    watch = ContainerWatch({CT_DOCKER: str(tmp_path / "no-such.sock")})
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert watch.take(1, 1) is None
    watch.close()
