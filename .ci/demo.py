"""make run: the program at its main job. Live where this machine allows it, else on a recorded capture."""

import os
import shlex
import subprocess
import sys
import time

from pysysdig.capture.doctor import check_requirements
from pysysdig.resources import directory

FILTER = "proc.name=cat and evt.type=openat"
SECONDS = 5


def run(*arguments: str) -> subprocess.Popen[bytes]:
    print("$ pysysdig " + shlex.join(arguments), flush=True)
    return subprocess.Popen([sys.executable, "-m", "pysysdig", *arguments])


def live() -> int:
    """Watch what `cat` opens, while one runs every now and then."""
    program = run("-M", str(SECONDS), FILTER)
    until = time.monotonic() + SECONDS + 10
    while program.poll() is None and time.monotonic() < until:
        time.sleep(1)
        subprocess.run(["cat", "/etc/hostname"], stdout=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C"), check=False)
    if program.poll() is None:
        program.terminate()
    return program.wait()


missing = [c for c in check_requirements() if not c.ok]
if missing:
    for check in missing:
        print(f"no live capture here: {check.name}: {check.detail} ({check.hint})")
    status = run("-r", os.path.relpath(os.path.join(directory("captures"), "demo.scap")), FILTER).wait()
else:
    status = live()
sys.exit(status)
