"""What the program tells about itself: --help, lists, completion, the manual page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig import __version__, speed
from pysysdig.cli.job import PLAIN
from pysysdig.cli.manpage import page
from pysysdig.cli.options import OPTIONS
from pysysdig.fields.registry import REGISTRY


def test_help_names_every_option(call_cli) -> None:  # type: ignore[no-untyped-def]
    result = call_cli("--help")
    assert result.returncode == 0 and result.stderr == b""
    text = re.sub(r"\s+", "", result.stdout.decode())
    for option in OPTIONS:
        assert not option.long or "--" + option.long in text
        assert not option.short or "-" + option.short in text


def test_examples_of_the_help_parse() -> None:
    import shlex

    from pysysdig.cli.job import build
    from pysysdig.cli.texts import EXAMPLES

    for _, line in EXAMPLES:
        words = shlex.split(line.split("| ")[-1])
        assert words[0] == "pysysdig" and build(words[1:]).action == "run"


def test_manual_page_is_up_to_date(root: Path) -> None:
    assert (root / "man" / "pysysdig.8").read_text() == page(), "run: make man"


def test_manual_page_is_sound(root: Path) -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    checked = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-Tutf8", "-K", "utf8", root / "man" / "pysysdig.8"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0 and checked.stderr == ""


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("--version", f"pysysdig version {__version__} ({speed.describe()})\n"),
        ("-pp", PLAIN + "\n"),
        ("--libs-version", "falcosecurity/libs version 0.15.1\n"),
    ],
)
def test_one_liners(call_cli, argument: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert call_cli(argument).stdout.decode() == text


def test_list(call_cli) -> None:  # type: ignore[no-untyped-def]
    text = call_cli("-l").stdout.decode()
    assert "Field Class:                  fd\n" in text
    names = set(re.findall(r"^([a-z0-9_.]+)(?=\s)", text, re.M))
    assert {"evt.num", "proc.name", "fd.name", "evt.arg", "container.id", "k8s.pod.name"} <= names <= set(REGISTRY)
    assert max(map(len, text.splitlines())) <= 121
    assert "evt.num                       (Type: UINT64) " in call_cli("-lv").stdout.decode()
    assert "`evt.num` | UINT64 | " in call_cli("--list-markdown").stdout.decode()


def test_list_has_what_sysdig_lists(call_cli) -> None:  # type: ignore[no-untyped-def]
    if not shutil.which("sysdig"):
        pytest.skip("sysdig is not installed")
    theirs = subprocess.run(["sysdig", "-l"], capture_output=True, text=True, check=True).stdout
    ours = call_cli("-l").stdout.decode()
    pattern = re.compile(r"^([a-z0-9_]+\.[a-z0-9_.]+)(?=\s)", re.M)
    gone = {n for n, f in REGISTRY.items() for v, row in f.by_version.items() if "DEPRECATED" in row[2]}
    plugins = ("json.", "jevt.")
    missing = {n for n in pattern.findall(theirs) if n not in gone and not n.startswith(tuple(plugins))} - set(
        pattern.findall(ours)
    )
    assert not missing


def test_list_events(call_cli) -> None:  # type: ignore[no-untyped-def]
    lines = call_cli("-L").stdout.decode().splitlines()
    assert "> close(FD fd)" in lines and "< close(ERRNO res)" in lines
    assert "> getrusage(SYSCALLID ID, UINT16 nativeID)" in lines
    assert all(re.fullmatch(r"[<>] [\w+.-]+\(.*\)", line) for line in lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run_cli, shell: str) -> None:  # type: ignore[no-untyped-def]
    result = run_cli("--completion", shell)
    assert result.returncode == 0 and b"_PYSYSDIG_COMPLETE" in result.stdout


def test_completion(run_cli) -> None:  # type: ignore[no-untyped-def]
    def completed(words: str) -> list[str]:
        env = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_PYSYSDIG_COMPLETE": "bash_complete"}
        return [line.split(",")[1] for line in run_cli(env=env).stdout.decode().splitlines()]

    assert completed("pysysdig --tim") == ["--timetype"]
    assert "proc.name" in completed("pysysdig -r f proc.n")
    assert completed("pysysdig -r f proc.name contain") == ["contains"]


def test_unknown_shell(call_cli) -> None:  # type: ignore[no-untyped-def]
    result = call_cli("--completion", "tcsh")
    assert result.returncode == 1 and result.stderr == b"pysysdig: no completion for 'tcsh': choose bash, zsh or fish\n"


def test_start_is_light() -> None:
    """Modules that cost start-up time stay out of a replay."""
    code = (
        "import sys, pysysdig.cli.main, pysysdig.cli.printing\n"
        "print([m for m in ('click', 'rich', 'yaml', 'json', 'dataclasses', 'argparse', 'msgpack', 'lz4') if m in sys.modules])"
    )
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(("argument", "package"), [("--help", "click"), ("-l", "numpy")])
def test_a_missing_package_is_named(argument: str, package: str) -> None:
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    result = subprocess.run([sys.executable, "-S", "-m", "pysysdig", argument], capture_output=True, text=True, env=env)
    assert result.returncode == 1 and not result.stdout
    assert result.stderr == f"pysysdig: the Python package {package} is missing; python3 -m pip install {package}\n"
