"""Containers of a user's own podman under live capture: the engine at the user's socket tells of them.

Without control groups of version 2 podman gives such containers none of their own, so that their processes cannot be told apart.
"""

from __future__ import annotations

import os
import pwd
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

PROGRAMS = ("podman", "newuidmap", "runc", "busybox", "runuser", "useradd")
IMAGE = "docker.io/local/bb:1.0"


class Podman(NamedTuple):
    """A user's: how it is spoken to, and its socket."""

    command: list[str]
    socket: str
    home: str

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.command, *words], capture_output=True, text=True, timeout=120, cwd=self.home)


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """With a service, of a user who is there for as long as the tests are; skipped where it cannot run."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"no rootless podman here: {', '.join(missing) or 'root'} is missing")
    name = f"pysd{os.getpid()}"
    if subprocess.run(["useradd", "--create-home", name], capture_output=True).returncode:
        pytest.skip("no user can be added here")
    user = pwd.getpwnam(name)
    runtime = Path(f"/run/user/{user.pw_uid}")
    socket = f"{runtime}/podman/podman.sock"
    service = None
    try:
        for folder in (runtime, runtime / "podman"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chown(folder, user.pw_uid, user.pw_gid)
        words = ["env", f"XDG_RUNTIME_DIR={runtime}", f"HOME={user.pw_dir}", "podman", "--storage-driver", "vfs"]
        found = Podman(["runuser", "-u", name, "--", *words], socket, user.pw_dir)
        image = Path(user.pw_dir) / "image.tar"
        archive(image, IMAGE)
        image.chmod(0o644)
        for words in (["load", "-i", str(image)], ["run", "--rm", "--network=none", IMAGE, "/bin/echo"]):
            done = found.run(*words)
            if done.returncode:
                pytest.skip(f"a user's podman cannot run containers here: {done.stderr[-300:]}")
        service = subprocess.Popen([*found.command, "system", "service", "--time=0", f"unix://{socket}"], cwd=user.pw_dir)
        until = time.monotonic() + 60
        while not Path(socket).exists():
            if service.poll() is not None or time.monotonic() > until:
                pytest.skip("podman's service does not start here")
            time.sleep(0.1)
        yield found
        found.run("rm", "--all", "--force", "--time=0")
    finally:
        if service is not None:
            service.terminate()
            service.wait(60)
        subprocess.run(["userdel", "--force", "--remove", name], capture_output=True)
        shutil.rmtree(runtime, ignore_errors=True)


def test_known_by_their_events(podman: Podman, tmp_path: Path) -> None:
    """One that runs already and those that come, each with what it may; also to rules, and from the trace."""
    assert not podman.run("run", "--detach", "--network=none", "--name=old", IMAGE, "/bin/sleep", "1000").returncode
    trace, rules = tmp_path / "a.pscap", tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: started\n  desc: d\n  condition: evt.type=container and container.privileged=true\n"
        "  output: 'free %container.name %container.image.repository'\n  priority: INFO\n"
    )
    watch = Watch({"podman": "/run/user/*/podman/podman.sock"}, tmp_path, "-w", str(trace), "evt.type=container")
    for name, options in (("plain", ()), ("free", ("--privileged",)), ("with", ("--volume=/etc:/host/etc:ro",))):
        done = podman.run("run", "--network=none", f"--name={name}", *options, IMAGE, "/bin/echo", "hi")
        assert done.stdout == "hi\n", done.stderr
    watch.end()
    lines = shown(trace, "*%container.name %container.image %container.type %container.privileged [%container.mounts]")
    for name, told in (("old", "false []"), ("plain", "false []"), ("free", "true []")):
        assert f"{name} {IMAGE} podman {told}" in lines
    assert any(line.startswith(f"with {IMAGE} podman false [/etc:/host/etc:") for line in lines)
    assert shown(trace, "%container.label[podman_owner_uid]", "container.name=plain") == [
        str(pwd.getpwnam(f"pysd{os.getpid()}").pw_uid)
    ]
    command = [sys.executable, "-m", "pysysdig", "-r", str(trace), "--rules", str(rules)]
    output = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    assert "Informational free free docker.io/local/bb\n" in output
