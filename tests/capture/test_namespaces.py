"""Live capture through the engine, across namespaces: containers, pid namespaces, programs that are in no file system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.capture.live import LiveCapture
from pysysdig.events.table import OLD, load
from pysysdig.state.cgroups import CT_PODMAN
from pysysdig.state.containers import ContainerInfo
from pysysdig.state.inspector import Inspector
from tests.capture.images import busybox_layer

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("podman")]

IMAGE = f"localhost/pysysdig-live-test-{os.getpid()}"  # several test runs may share a machine
PODMAN = ["podman", "--runtime", "runc"]
RUN = [*PODMAN, "run", "--rm", "--network=none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]


class Seen(NamedTuple):
    """An exit or process end, and the thread and descriptor it saw."""

    name: str
    tid: int
    vtid: int
    pid: int
    vpid: int
    exe: str
    exepath: str
    from_memfd: bool
    init_start: int
    container: str
    container_type: str
    fd_name: str


def watch(command: list[str], marker: str) -> list[Seen]:
    """Run a command under a live capture; what the processes with `marker` in their command line did."""
    table = load(OLD)
    seen: list[Seen] = []
    with LiveCapture() as capture:
        inspector = Inspector(capture.snapshot, capture.generation)
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for batch in capture.batches(120):
            ended = child.poll() is not None
            view = inspector.process(batch)
            for i, (type_, row, fd) in enumerate(zip(batch.type.tolist(), view.thread.tolist(), view.fd.tolist())):
                if row < 0 or (type_ % 2 == 0 and table[type_].name != "procexit"):
                    continue
                t = view.threads.rows[row]
                if marker not in t.exe and not any(marker in a for a in t.args):
                    continue
                info = inspector.containers.at(t.container_id, int(batch.num[i]))
                seen.append(Seen(
                    table[type_].name, t.tid, t.vtid, t.pid, t.vpid, t.exe, t.exepath, bool(t.exe_from_memfd),
                    t.pidns_init_start_ts, t.container_id, info.type_name if info else "",
                    view.fds.rows[fd].name if fd >= 0 else "",
                ))  # fmt: skip
            if ended:
                capture.stop()
        errors = child.communicate()[1]
    assert child.returncode == 0, errors.decode()
    return seen


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image that holds a static busybox; skipped where containers cannot run."""
    missing = [name for name in ("podman", "runc", "busybox") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no containers here: {', '.join(missing)} not installed")
    root = tmp_path_factory.mktemp("image")
    (root / "image.tar").write_bytes(busybox_layer("sh", "cat"))
    made = subprocess.run([*PODMAN, "import", str(root / "image.tar"), IMAGE], capture_output=True)
    if made.returncode:
        pytest.skip(f"no containers here: {made.stderr.decode().strip()}")
    tried = subprocess.run([*RUN, IMAGE, "/bin/cat", "/dev/null"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no containers here: {tried.stderr.decode().strip()}")
    yield IMAGE
    subprocess.run([*PODMAN, "rmi", "--force", IMAGE], capture_output=True)


def test_a_container(image: str) -> None:
    file = f"/etc/marked-by-test-{os.getpid()}"
    script = f"echo x > {file}; /bin/cat {file}; true"
    command = [*RUN, image, "/bin/sh", "-c", script]
    inside = [s for s in watch(command, file) if s.exe in ("/bin/sh", "/bin/cat")]
    running = [s for s in inside if s.exe == "/bin/sh" and s.fd_name.endswith(file)]
    assert {"open", "openat"} & {s.name for s in running}
    for s in running:
        assert re.fullmatch("[0-9a-f]{12}", s.container) and s.container_type == "podman"
        assert s.vpid == s.vtid == 1 and s.pid == s.tid != 1
    (ident,) = {s.container for s in running}
    cats = [s for s in inside if s.exe == "/bin/cat"]
    assert {"execve", "procexit"} <= {s.name for s in cats}
    assert {s.container for s in cats} == {ident}
    assert all(1 < s.vpid < s.pid and s.vtid == s.vpid for s in cats)
    assert {s.fd_name for s in cats if s.name in ("open", "openat")} >= {file}
    assert len({s.init_start for s in cats}) == 1


def test_names_of_containers(image: str, tmp_path: Path) -> None:
    names = [f"before-{os.getpid()}", f"after-{os.getpid()}"]
    script = "i=0; while [ $i -lt 2000 ]; do /bin/cat /dev/null; sleep 0.1; i=$((i+1)); done"
    api = tmp_path / "api.sock"
    service = subprocess.Popen([*PODMAN, "system", "service", "--time=0", f"unix://{api}"], stderr=subprocess.DEVNULL)

    def start(name: str) -> None:
        command = [*RUN, "--detach", "--name", name, "--label", f"called={name}", image, "/bin/sh", "-c", script]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)

    found: dict[str, ContainerInfo] = {}
    try:
        until = time.monotonic() + 90
        while not api.exists() and time.monotonic() < until:
            time.sleep(0.05)
        start(names[0])
        with LiveCapture(wanted={"execve"}, engines=EngineSettings(sockets={"podman": (str(api),)})) as capture:
            start(names[1])
            inspector = Inspector(capture.snapshot, capture.generation)
            for batch in capture.batches(120):
                view = inspector.process(batch)
                for row, num in zip(view.thread.tolist(), batch.num.tolist()):
                    thread = view.threads.rows[row] if row >= 0 else None
                    info = inspector.containers.at(thread.container_id, num) if thread and thread.comm == "cat" else None
                    if info is not None and info.name in names:
                        found[info.name] = info
                if len(found) == 2:
                    capture.stop()
    finally:
        subprocess.run([*PODMAN, "kill", *names], capture_output=True)
        service.terminate()
        service.wait()
    assert sorted(found) == sorted(names)
    for name, info in found.items():
        assert info.imagerepo == IMAGE and info.imagetag == "latest" and info.type == CT_PODMAN
        assert info.labels == {"called": name} and info.full_id.startswith(info.id) and len(info.full_id) == 64


def test_a_pid_namespace() -> None:
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    tried = subprocess.run(["unshare", "--fork", "--pid", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no pid namespaces here: {tried.stderr.decode().strip()}")
    mark = f"spaced-out-{os.getpid()}"
    command = ["unshare", "--fork", "--pid", "/bin/sh", "-c", "cat /dev/null; true", mark]
    seen = watch(command, mark)
    inside = [s for s in seen if s.exe == "/bin/sh"]
    assert {"execve", "procexit"} <= {s.name for s in inside}
    first = [s for s in inside if s.vpid == 1]
    assert first and all(s.vtid == 1 != s.tid == s.pid for s in first)
    children = [s for s in inside if s.vpid != 1]  # until they become cat
    assert children and all(s.vpid == s.vtid == 2 for s in children)
    (started,) = {s.init_start for s in inside}
    outside = [s for s in seen if s.exe == "unshare" and s.vpid == s.pid]
    assert outside and started not in {s.init_start for s in outside}


def test_a_program_in_memory() -> None:
    name = f"from-nowhere-{os.getpid()}"
    script = (
        "import os, shutil\n"
        "fd = os.memfd_create('hidden')\n"
        "os.write(fd, open(shutil.which('true'), 'rb').read())\n"
        "for path in (f'/proc/self/fd/{fd}', fd):\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        f"        os.execve(path, ['{name}'], {{}})\n"
        "    os.waitpid(pid, 0)\n"
    )
    seen = [s for s in watch([sys.executable, "-S", "-c", script], name) if s.exe == name]
    assert len({s.pid for s in seen}) == 2
    assert all(s.from_memfd and s.exepath == "memfd:hidden" for s in seen)
    ended = {s.pid for s in seen if s.name == "procexit"}
    assert ended == {s.pid for s in seen}


def test_page_faults() -> None:
    table = load(OLD)
    size = os.sysconf("SC_PAGE_SIZE")
    script = f"import mmap\nm = mmap.mmap(-1, {200 * size})\nfor i in range(0, len(m), {size}): m[i] = 1\n"
    faults = 0
    with LiveCapture(wanted=set(), faults=True) as capture:
        child = subprocess.Popen([sys.executable, "-S", "-c", script])
        for batch in capture.batches(120):
            ended = child.poll() is not None
            mine = batch.type[batch.tid == child.pid]
            faults += sum(table[t].name == "page_fault" for t in mine.tolist())
            if ended:
                capture.stop()
        lost = capture.drops
    assert child.returncode == 0
    assert faults + lost >= 100  # fewer than 200: some kernels map several at once
