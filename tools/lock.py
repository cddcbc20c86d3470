"""Write constraints/newest.txt: the newest versions of everything that tests are run with, as tried on several Pythons.

    python tools/lock.py PYTHON...

Each PYTHON (an interpreter) gets an environment of its own with the project and its extras `test` and `ui`. What differs between
them gets a marker. constraints/oldest.txt is kept by hand: it has the lower bounds of setup.cfg.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# What the tests were run with last, the newest then. Written by tools/lock.py (make lock); do not edit.\n"


def resolved(python: str) -> tuple[str, dict[str, str]]:
    """The version of an interpreter ("3.11"), and what is installed there: name -> version."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([python, "-m", "venv", directory], check=True)
        own = [f"{directory}/bin/python", "-m"]
        subprocess.run([*own, "pip", "install", "--quiet", "--upgrade", "-e", f"{ROOT}[test,ui]"], check=True)
        frozen = subprocess.run([*own, "pip", "freeze", "--exclude-editable"], check=True, capture_output=True, text=True).stdout
    version = subprocess.run(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return version, dict(line.split("==") for line in frozen.split())


def merged(found: dict[str, dict[str, str]]) -> list[str]:
    """The lines of a constraints file from what was found for each Python, oldest first."""
    versions = sorted(found, key=lambda v: tuple(map(int, v.split("."))))
    lines = []
    for name in sorted({name for packages in found.values() for name in packages}, key=str.lower):
        here = [(v, found[v][name]) for v in versions if name in found[v]]
        if len({number for _, number in here}) == 1:
            lines.append(f"{name}=={here[0][1]}")
            continue
        groups: list[tuple[str, str]] = []  # first Python, version of the package
        for version, number in here:
            if not groups or groups[-1][1] != number:
                groups.append((version, number))
        for i, (start, number) in enumerate(groups):
            bounds = [f'python_version >= "{start}"'] if i else []
            if i + 1 < len(groups):
                bounds.append(f'python_version < "{groups[i + 1][0]}"')
            lines.append(f"{name}=={number}; {' and '.join(bounds)}")
    return lines


def main() -> None:
    """See above."""
    found = dict(map(resolved, sys.argv[1:]))
    text = HEADER + "".join(f"{line}\n" for line in merged(found))
    (ROOT / "constraints" / "newest.txt").write_text(text)


if __name__ == "__main__":
    main()
