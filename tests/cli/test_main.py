"""From words to a job: what is said at once, what a start imports, which packages are missed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig import __version__, speed
from pysysdig.settings import PLAIN
from tests.conftest import Call


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("--version", f"pysysdig version {__version__} ({speed.describe()})\n"),
        ("-pp", PLAIN + "\n"),
        ("--libs-version", "falcosecurity/libs version 0.15.1\n"),
    ],
)
def test_one_liners(call_cli: Call, argument: str, text: str) -> None:
    assert call_cli(argument).stdout.decode() == text


def test_start_is_light() -> None:
    """Modules that cost start-up time stay out of a replay; what numpy itself loads (json, before 1.26) does not count."""
    code = (
        "import sys, numpy\nbefore = set(sys.modules)\n"
        "import pysysdig.cli.main, pysysdig.cli.plan, pysysdig.cli.printing\n"
        "slow = {'click', 'rich', 'yaml', 'json', 'dataclasses', 'argparse', 'msgpack', 'lz4'}\n"
        "print(slow & set(sys.modules) - before)"
    )
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(("argument", "package"), [("--help", "click"), ("-l", "numpy")])
def test_a_missing_package_is_named(argument: str, package: str) -> None:
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    result = subprocess.run([sys.executable, "-S", "-m", "pysysdig", argument], capture_output=True, text=True, env=env)
    assert result.returncode == 1 and not result.stdout
    assert result.stderr == f"pysysdig: the Python package {package} is missing; python3 -m pip install {package}\n"
