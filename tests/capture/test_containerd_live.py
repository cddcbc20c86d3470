"""Containers of a real containerd under live capture, Kubernetes' and its own: known from the first event, and to rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pysysdig.capture.engines.engine import EngineError
from tests.capture.images import archive

pytest.importorskip("grpc", reason="the Python package grpcio is not installed")
from tests.capture.cri_client import Client, Mounted  # noqa: E402
from tests.capture.watching import Watch, shown  # noqa: E402

pytestmark = [pytest.mark.engines, pytest.mark.live, pytest.mark.slow, pytest.mark.xdist_group("podman")]

PROGRAMS = ("containerd", "ctr", "runc", "busybox")
IMAGE, PAUSE = "docker.io/local/bb:1.0", "docker.io/local/pause:1"
LABELS = {"io.kubernetes.container.name": "c", "io.kubernetes.pod.namespace": "shop", "tier": "front"}
CONFIG = """
version = 2
root = "{root}/data"
state = "{root}/state"
[grpc]
  address = "{root}/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  disable_apparmor = true
  restrict_oom_score_adj = true
  sandbox_image = "{pause}"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
[plugins."io.containerd.internal.v1.opt"]
  path = "{root}/opt"
"""


class Containerd(NamedTuple):
    """A daemon of its own."""

    root: Path
    socket: str
    client: Client

    @property
    def sockets(self) -> dict[str, str]:
        """Of the engines that it is."""
        return {"cri": self.socket, "containerd": self.socket}

    def ctr(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["ctr", "-a", self.socket, *words], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def containerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containerd]:
    """containerd with a socket and folders of its own; skipped where it cannot run."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"no containerd here: {', '.join(missing) or 'root'} is missing")
    root = tmp_path_factory.mktemp("containerd")
    (root / "config.toml").write_text(CONFIG.format(root=root, pause=PAUSE))
    with open(root / "log", "wb") as log:
        daemon = subprocess.Popen(["containerd", "-c", root / "config.toml"], stdout=log, stderr=log)
    running = Containerd(root, f"{root}/c.sock", Client(f"{root}/c.sock"))
    pods: list[str] = []
    try:
        archive(root / "bb.tar", IMAGE)
        archive(root / "pause.tar", PAUSE, "/bin/sleep", "100000")
        until = time.monotonic() + 60
        while running.ctr("-n", "k8s.io", "images", "import", f"{root}/bb.tar").returncode:
            if daemon.poll() is not None or time.monotonic() > until:
                pytest.skip(f"containerd does not start here: {(root / 'log').read_text()[-300:]}")
            time.sleep(0.2)
        running.ctr("-n", "k8s.io", "images", "import", f"{root}/pause.tar")
        running.ctr("images", "import", "--snapshotter", "native", f"{root}/bb.tar")
        try:
            pod = running.client.pod("tried", "shop", str(root / "logs"), {})
        except EngineError as error:
            pytest.skip(f"containerd cannot run pods here: {error}")
        pods.append(pod[0])
        yield running
        listed = running.ctr("-n", "k8s.io", "containers", "ls", "-q").stdout.split()
        for ident in {*pods, *listed}:
            try:
                running.client.remove(ident)
            except EngineError:
                pass  # a container, which goes with its pod
        for ident in running.ctr("containers", "ls", "-q").stdout.split():
            running.ctr("task", "kill", "-s", "KILL", ident)
    finally:
        running.client.close()
        daemon.terminate()
        daemon.wait(60)


FORM = (
    "*%evt.type %proc.vpid %container.name %container.image %container.type %container.privileged [%container.mounts]"
    " %k8s.pod.name %k8s.ns.name %k8s.pod.labels"
)
CHOSEN = "evt.type=container or (evt.type=execve and evt.dir=< and proc.name=echo and proc.vpid=1)"


def start(containerd: Containerd, pod: str) -> None:
    """One container of each kind in a new pod, all of which say a word and end."""
    client = containerd.client
    made = client.pod(pod, "shop", str(containerd.root / "logs"), {"app": "web"})
    for name, privileged, mounts in (
        ("plain", False, ()),
        ("free", True, ()),
        ("with", False, (Mounted("/etc", "/host/etc", True),)),
    ):
        labels = {**LABELS, "io.kubernetes.pod.name": pod}
        client.container(made, name, IMAGE, ["/bin/echo", "hi"], privileged, mounts, labels)


def test_pods_are_known_from_the_first_event(containerd: Containerd, tmp_path: Path) -> None:
    """Those that ran before and those that come; the same from what is written."""
    before = containerd.client.pod("before", "shop", str(containerd.root / "logs"), {"app": "web"})
    words = ["/bin/sleep", "1000"]
    containerd.client.container(before, "old", IMAGE, words, True, (), {**LABELS, "io.kubernetes.pod.name": "before"})
    trace = tmp_path / "a.pscap"
    watch = Watch(containerd.sockets, tmp_path, "-w", str(trace), CHOSEN)
    start(containerd, "web-0")
    watch.end()
    lines = shown(trace, FORM)
    kinds = {"plain": "false []", "free": "true []", "with": "false [/etc:/host/etc::false:private]"}
    for name, told in kinds.items():
        for first in ("container -2", "execve 1"):
            assert f"{first} {name} {IMAGE} containerd {told} web-0 shop app:web" in lines
    assert f"container -2 old {IMAGE} containerd true [] before shop app:web" in lines
    assert any(line.startswith(f"container -2 web-0 {PAUSE} containerd") for line in lines)


def test_containerds_own_are_known_to_rules(containerd: Containerd, tmp_path: Path) -> None:
    """Rules see the current generation, where such a container has an id."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: first\n  desc: d\n"
        "  condition: evt.type=execve and proc.vpid=1 and proc.name=echo and container.privileged=true\n"
        "  output: '%container.id %container.image.repository %container.mount.dest[/etc]'\n  priority: INFO\n"
    )
    watch = Watch(containerd.sockets, tmp_path, "--rules", str(rules))
    words = ["--mount", "type=bind,src=/etc,dst=/host/etc,options=rbind:ro", IMAGE]
    for name, options in (("own1", ["--privileged"]), ("own2", [])):
        done = containerd.ctr("run", "--snapshotter", "native", "--rm", *options, *words, name, "/bin/echo", "hi")
        assert done.returncode == 0, done.stderr
    output = watch.end()
    assert "Informational own1 docker.io/local/bb /host/etc\n" in output and "own2" not in output
