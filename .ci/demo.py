"""make run: the program at its main job."""

import os
import shlex
import sys

from pysysdig.cli.main import main
from pysysdig.resources import directory

capture = os.path.relpath(os.path.join(directory("captures"), "demo.scap"))
arguments = ["-r", capture, "proc.name=cat and evt.type=openat"]
print("$ pysysdig " + shlex.join(arguments), flush=True)
sys.exit(main(arguments))
