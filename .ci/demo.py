"""make run: the program at its main job. Live where this machine allows it, else on a recorded capture; then what to try."""

import os
import shlex
import subprocess
import sys
import time

from pysysdig.capture.doctor import check_requirements
from pysysdig.resources import directory

FILTER = "proc.name=cat and evt.type=openat and evt.dir=< and evt.failed=false"
FORMAT = "%evt.time %proc.name (%thread.tid), run by %proc.pname, opened %fd.name"
LINES = 6
SECONDS = 15
CAPTURE = os.path.relpath(os.path.join(directory("captures"), "demo.scap"))
PROGRAM = os.path.relpath(os.path.join(os.path.dirname(sys.executable), "pysysdig"))
TRY = (
    ("-r {file} -c topfiles_bytes", "which files had most input and output: a chisel (-cl lists them)"),
    ("-r {file} proc.name=sort", "everything that one program did"),
    ("-l proc", "the fields of processes, for filters and -p formats"),
)
TRY_LIVE = (
    ("-c topprocs_cpu", "who uses the processors, as it happens; Ctrl-C ends it"),
    ("-w trace.pscap", "record everything; Ctrl-C ends it. Then -r trace.pscap"),
)


def run(*arguments: str) -> subprocess.Popen[bytes]:
    print("$ pysysdig " + shlex.join(arguments), flush=True)
    return subprocess.Popen([sys.executable, "-m", "pysysdig", *arguments])


def live() -> int:
    """Watch what `cat` opens, while one runs every now and then."""
    program = run("-M", str(SECONDS), "-n", str(LINES), "-p", FORMAT, FILTER)
    until = time.monotonic() + SECONDS + 10
    while program.poll() is None and time.monotonic() < until:
        time.sleep(0.5)
        subprocess.run(["cat", "/etc/hostname"], stdout=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C"), check=False)
    if program.poll() is None:
        program.terminate()
    return program.wait()


missing = next((c for c in check_requirements() if not c.ok), None)
if missing:
    print(f"no live capture here: {missing.name}: {missing.detail} ({missing.hint}); so this is a recorded one:")
    status = run("-r", CAPTURE, "-n", str(LINES), "-p", FORMAT, FILTER).wait()
else:
    print("what `cat` opens on this machine right now:")
    status = live()
print("\nNow try:")
for words, meaning in TRY + (() if missing else TRY_LIVE):
    print(f"  {PROGRAM} {words.format(file=CAPTURE):45} # {meaning}")
sys.exit(status)
