"""A container of a real lxc under live capture."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.watching import Watch

pytestmark = [pytest.mark.engines, pytest.mark.live, pytest.mark.slow, pytest.mark.xdist_group("podman")]


@pytest.fixture
def container(tmp_path: Path) -> Iterator[list[str]]:
    """Options that name a container with a busybox; it has not started."""
    if os.geteuid() or shutil.which("lxc-create") is None:
        pytest.skip("no lxc here, or not root")
    options = ["-P", str(tmp_path / "lxc"), "-n", f"t{os.getpid()}"]
    (tmp_path / "lxc").mkdir()
    made = subprocess.run(["lxc-create", *options, "-t", "busybox"], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"lxc cannot make containers here: {made.stdout}{made.stderr}")
    config = tmp_path / "lxc" / options[-1] / "config"
    kept = [line for line in config.read_text().splitlines() if not line.startswith("lxc.net.")]
    config.write_text("\n".join([*kept, "lxc.net.0.type = empty", "lxc.apparmor.profile = unconfined", ""]))
    yield options
    subprocess.run(["lxc-stop", "-k", *options], capture_output=True)


@pytest.mark.parametrize("rules", [False, True])
def test_its_name_is_its_id(container: list[str], rules: bool, tmp_path: Path) -> None:
    """In both generations, from the first event on."""
    chosen = "evt.type=container or (evt.type=execve and proc.name=echo and container.type=lxc)"
    form = "%evt.type %container.id %container.name %container.type"
    words = ["-p", form, f"({chosen}) and not (evt.type=execve and evt.dir=>)"]
    if rules:
        (tmp_path / "r.yaml").write_text(f"- rule: r\n  desc: d\n  condition: {chosen}\n  output: '{form}'\n  priority: INFO\n")
        words = ["--rules", str(tmp_path / "r.yaml")]
    watch = Watch({}, tmp_path, *words)
    started = subprocess.run(["lxc-start", *container], capture_output=True, text=True)
    attached = subprocess.run(["lxc-attach", *container, "--", "/bin/echo", "x"], capture_output=True)
    output = watch.end()
    if started.returncode or attached.returncode:
        pytest.skip(f"lxc cannot start containers here: {started.stderr}")
    name = container[-1]
    for kind in ("container", "execve"):
        assert f"{kind} {name} {name} lxc" in output
