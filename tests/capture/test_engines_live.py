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

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.xdist_group("podman")]

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


CAPTURE = """
import sys
from pysysdig.capture import live
from pysysdig.capture.engines import roster
from pysysdig.cli.main import main
roster.ENGINES = tuple(row._replace(sockets=(sys.argv[1],)) for row in roster.ENGINES if row.name == "docker")
batches = live.LiveCapture.batches
def told(*args):
    open(sys.argv[2], "w").close()
    return batches(*args)
live.LiveCapture.batches = told
sys.exit(main(sys.argv[3:]))
"""


def capture(docker: Docker, root: Path, *words: str, names: dict[str, tuple[str, ...]]) -> subprocess.CompletedProcess[str]:
    """What a run prints while containers start."""
    program = root / "capture.py"
    program.write_text(CAPTURE)
    ready = root / "ready"
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(program), docker.socket, str(ready), "-M", "15", *words]
    child = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=where)
    until = time.monotonic() + 120
    while not ready.exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1)
    for name, options in names.items():
        docker.run(name, *options)
    output, errors = child.communicate(timeout=240)
    return subprocess.CompletedProcess(words, child.returncode, output, errors)


FIELDS = "*%evt.type %proc.vpid %container.name %container.image %container.type %container.privileged %container.mounts"


def test_known_from_the_first_event(docker: Docker, tmp_path: Path) -> None:
    """Each kind of container: its container event and the execve of its first process; the same from the files.
    In the copy, what was known of containers stands at the beginning, where it is no event."""
    kinds: dict[str, tuple[str, ...]] = {"plain": (), "free": ("--privileged",), "with": ("--volume=/etc:/host/etc:ro",)}
    want = {
        "plain": f"{IMAGE} docker false ", "free": f"{IMAGE} docker true ",
        "with": f"{IMAGE} docker false /etc:/host/etc:ro:false:rprivate",
    }  # fmt: skip
    docker.run(f"before{os.getpid()}", "--privileged", do=("/bin/sleep", "1000"))
    names = {f"{kind}{os.getpid()}": options for kind, options in kinds.items()}
    trace = tmp_path / "a.pscap"
    chosen = "evt.type=container or (evt.type=execve and evt.dir=< and proc.name=echo and proc.vpid=1)"
    done = capture(docker, tmp_path, "-w", str(trace), chosen, names=names)
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "a.scap"
    program = [sys.executable, "-m", "pysysdig"]
    where = Path(__file__).parents[2]
    subprocess.run([*program, "-r", trace, "-w", copy], check=True, cwd=where)
    for path in (trace, copy):
        shown = subprocess.run([*program, "-r", path, "-p", FIELDS], check=True, cwd=where, capture_output=True, text=True).stdout
        lines = [line.rstrip("\n") for line in shown.splitlines()]
        for kind, told in want.items():
            assert path == copy or f"container -2 {kind}{os.getpid()} {told}" in lines
            assert f"execve 1 {kind}{os.getpid()} {told}" in lines
        assert path == copy or any(line.startswith(f"container -2 before{os.getpid()} {IMAGE} docker true") for line in lines)


def test_rules_of_all_generations(docker: Docker, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    one, two = f"one{os.getpid()}", f"two{os.getpid()}"
    done = capture(
        docker, tmp_path, "--rules", str(rules), names={one: ("--privileged",), two: ("--volume=/etc:/etc:ro",)}
    )  # fmt: skip
    for text in (f"older {one} local/bb", f"newer {one} local/bb", f"mount {two} /etc"):
        assert f"Informational {text}\n" in done.stdout, done.stderr
