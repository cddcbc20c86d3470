"""Live capture without the capabilities it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_without_permission(root: Path) -> None:
    # CAP_SYS_ADMIN, CAP_PERFMON and CAP_BPF leave the bounding set: not even root has them after the next exec
    script = (
        "import ctypes, os, sys\n"
        "for capability in (21, 38, 39): ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, sys.executable, "-m", "pysysdig", "-n", "1"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "sudo" in done.stderr
