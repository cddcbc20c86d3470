"""Containers of a real docker under live capture: known from the first event, in what is written, and to three generations of
rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.capture.images import archive
from tests.capture.watching import ROOT, Watch, shown

pytestmark = [pytest.mark.engines, pytest.mark.live, pytest.mark.slow, pytest.mark.xdist_group("podman")]

IMAGE = "local/bb:1.0"
PROGRAMS = ("docker", "dockerd", "containerd", "runc", "busybox")
# the rules of the time, shortened to what makes them fire
RULES = """
- rule: first process
  desc: as today's rules have it
  condition: evt.type in (execve, execveat) and proc.vpid=1 and proc.name=echo and container.privileged=true
  output: "newer %container.name %container.image.repository"
  priority: INFO
- rule: started
  desc: a container that is privileged, as Falco 0.27 and 0.31 put it
  condition: >
    ((evt.type = container or (evt.type in (execve, execveat) and evt.dir=< and proc.vpid=1))
    and container.image.repository != incomplete) and container.id != host and container.privileged=true
  output: "older %container.name %container.image.repository"
  priority: INFO
- rule: mounting
  desc: a container with a sensitive mount
  condition: >
    ((evt.type = container or (evt.type in (execve, execveat) and evt.dir=< and proc.vpid=1))
    and container.image.repository != incomplete) and container.id != host and container.mount.dest[/etc*] != "N/A"
  output: "mount %container.name %container.mount.dest[/etc*]"
  priority: INFO
"""
# an OCI runtime for machines whose root may not do all that docker asks for
RUNTIME = """#!{python}
import json, os, sys
args = sys.argv[1:]
for flag, value in zip(args, args[1:]):
    if flag == "--bundle":
        path = os.path.join(value, "config.json")
        config = json.load(open(path))
        process = config["process"]
        for names in process.get("capabilities", {{}}).values():
            if "CAP_SYS_RESOURCE" in names:
                names.remove("CAP_SYS_RESOURCE")
        process.pop("rlimits", None)
        process.pop("oomScoreAdj", None)
        json.dump(config, open(path, "w"))
os.execv({runc!r}, ["runc", *args])
"""


class Docker(NamedTuple):
    """A daemon of its own, and how it is spoken to."""

    socket: str
    command: list[str]

    def run(self, name: str, *options: str, do: tuple[str, ...] = ("/bin/echo", "hi")) -> None:
        """Start a container in the background."""
        words = ["run", "--detach", "--network=none", f"--name={name}", *options, IMAGE, *do]
        subprocess.run([*self.command, *words], check=True, stdout=subprocess.DEVNULL, timeout=120)


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    """Docker with a socket and folders of its own; skipped where it cannot run."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"no docker here: {', '.join(missing) or 'root'} is missing")
    root = tmp_path_factory.mktemp("docker")
    runtime = root / "runtime"
    runtime.write_text(RUNTIME.format(python=sys.executable, runc=shutil.which("runc")))
    runtime.chmod(0o755)
    socket = str(root / "d.sock")
    command = [
        "dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs",
        f"--data-root={root}/data", f"--exec-root={root}/exec", f"--host=unix://{socket}", f"--pidfile={root}/pid",
        f"--add-runtime=here={runtime}", "--default-runtime=here",
    ]  # fmt: skip
    with open(root / "log", "wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    running = Docker(socket, ["docker", "--host", f"unix://{socket}"])
    try:
        archive(root / "image.tar", IMAGE)
        until = time.monotonic() + 60
        while subprocess.run([*running.command, "load", "-i", root / "image.tar"], capture_output=True).returncode:
            if daemon.poll() is not None or time.monotonic() > until:
                pytest.skip(f"docker does not start here: {(root / 'log').read_text()[-300:]}")
            time.sleep(0.2)
        tried = subprocess.run([*running.command, "run", "--rm", "--network=none", IMAGE, "/bin/echo"], capture_output=True)
        if tried.returncode:
            pytest.skip(f"docker cannot run containers here: {tried.stderr.decode()}")
        yield running
        ids = subprocess.run([*running.command, "ps", "-aq"], capture_output=True, text=True).stdout.split()
        subprocess.run([*running.command, "rm", "--force", *ids], capture_output=True)
    finally:
        daemon.terminate()
        daemon.wait(60)


FIELDS = "%evt.type %proc.vpid %container.name %container.image %container.type %container.privileged %container.mounts"
CHOSEN = "evt.type=container or (evt.type=execve and evt.dir=< and proc.name=echo and proc.vpid=1)"
KINDS: dict[str, tuple[str, ...]] = {"plain": (), "free": ("--privileged",), "with": ("--volume=/etc:/host/etc:ro",)}
PROCESSES = "clone, clone3, fork, vfork, execve, execveat, procexit, chdir, setsid"
ROUNDS = 3  # docker does not always answer before the first process runs: a busy machine has several tries


def started(docker: Docker) -> dict[str, list[str]]:
    """Containers of each kind, started one after the other; their names."""
    names: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind, options in KINDS.items():
            names[kind].append(f"{kind}{time.monotonic_ns()}")
            docker.run(names[kind][-1], *options)
    return names


def test_known_from_the_first_event(docker: Docker, tmp_path: Path) -> None:
    """Each kind of container: its container event and the execve of its first process; the same from the files, also for
    sysdig."""
    want = {
        "plain": f"{IMAGE} docker false ", "free": f"{IMAGE} docker true ",
        "with": f"{IMAGE} docker false /etc:/host/etc:ro:false:rprivate",
    }  # fmt: skip
    before = f"before{time.monotonic_ns()}"
    docker.run(before, "--privileged", do=("/bin/sleep", "1000"))
    trace, copy = tmp_path / "a.pscap", tmp_path / "a.scap"
    watch = Watch({"docker": docker.socket}, tmp_path, "-w", str(trace), CHOSEN)
    names = started(docker)
    watch.end()
    subprocess.run([sys.executable, "-m", "pysysdig", "-r", trace, "-w", copy], check=True, cwd=ROOT)
    found = [shown(trace, "*" + FIELDS), shown(copy, "*" + FIELDS)]
    if shutil.which("sysdig"):
        found.append(shown(copy, FIELDS, program=("sysdig",)))
    for lines in found:
        for kind, told in want.items():
            for name in names[kind]:
                assert f"container -2 {name} {told}" in lines
            assert any(f"execve 1 {name} {told}" in lines for name in names[kind])
        assert any(line.startswith(f"container -2 {before} {IMAGE} docker true") for line in lines)


def test_rules_of_all_generations(docker: Docker, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    watch = Watch({"docker": docker.socket}, tmp_path, "--rules", str(rules))
    names = started(docker)
    output = watch.end()
    for kind, text in (("free", "older {} local/bb"), ("free", "newer {} local/bb"), ("with", "mount {} /host/etc")):
        assert any(f"Informational {text.format(name)}\n" in output for name in names[kind]), output


@pytest.mark.parametrize("files", ["falco-0.27.0_falco", "falco-0.31.1_falco", "current_falco-incubating,current_falco-sandbox"])
def test_falcos_own_rules(docker: Docker, files: str, tmp_path: Path, shared: Path) -> None:
    """Alerts about privileged containers and sensitive mounts: live, from the trace and from its copy as .scap."""
    rules = [word for file in files.split(",") for word in ("--rules", str(shared / "rules" / f"{file}_rules.yaml"))]
    old = files.startswith("falco")
    privileged, mounting = "Privileged container started", "Container with sensitive mount started"
    trace, copy = tmp_path / "a.pscap", tmp_path / "a.scap"
    watch = Watch({"docker": docker.socket}, tmp_path, *rules)
    # rules work the state out from the events, so that of processes has to be among them
    writing = Watch({"docker": docker.socket}, tmp_path, "-w", str(trace), f"evt.type in ({PROCESSES}) or evt.type=container")
    for _ in range(ROUNDS):
        for option in ("--privileged", "--volume=/etc:/etc:ro"):
            docker.run(f"c{time.monotonic_ns()}", option)
    outputs = [watch.end()]
    writing.end()
    subprocess.run([sys.executable, "-m", "pysysdig", "-r", trace, "-w", copy], check=True, cwd=ROOT)
    for path in (trace, copy):
        command = [sys.executable, "-m", "pysysdig", "-r", str(path), *rules]
        outputs.append(subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout)
    for output in outputs:
        for text in (privileged, mounting):
            alerts = [line for line in output.splitlines() if text in line]
            assert alerts, output
            assert not old or any("command=container:" in line for line in alerts)
