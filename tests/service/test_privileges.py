"""What the process may still do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.service import privileges

PROGRAM = """
import os, sys
from pysysdig.service.privileges import drop
drop("nobody", sys.argv[1])
print(open("/proc/self/status").read())
print(sorted(os.listdir("/proc/1/fd"))[0], len(open("/etc/shadow").read()))
try:
    os.setuid(0)
except PermissionError:
    print("never again")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="not root")
def test_another_user_with_two_capabilities(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "spool").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "own" / "spool"], capture_output=True, text=True, timeout=60, check=False,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"Uid:\t(\d+)\t\1\t\1\t\1\n", done.stdout) and "Uid:\t0" not in done.stdout
    assert "CapEff:\t0000000000080004\n" in done.stdout and "CapPrm:\t0000000000080004\n" in done.stdout
    assert "NoNewPrivs:\t1\n" in done.stdout and done.stdout.endswith("never again\n")
    assert (tmp_path / "own" / "spool").stat().st_uid == (tmp_path / "own").stat().st_uid != 0


def test_users_that_there_are_not() -> None:
    with pytest.raises(PysysdigError, match=r"^pysysdig\.user: there is no user no such$"):
        privileges.drop("no such")
