"""What the program tells about itself: --help, lists, completion, the manual page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig import __version__, speed
from pysysdig.cli.manpage import page
from pysysdig.cli.options import OPTIONS
from pysysdig.fields.registry import REGISTRY
from pysysdig.settings import PLAIN
from tests.conftest import Call


def test_help_names_every_option(call_cli: Call) -> None:
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
def test_one_liners(call_cli: Call, argument: str, text: str) -> None:
    assert call_cli(argument).stdout.decode() == text


def test_list(call_cli: Call) -> None:
    text = call_cli("-l").stdout.decode()
    assert "Field Class:                  fd\n" in text
    names = set(re.findall(r"^([a-z0-9_.]+)(?=\s)", text, re.M))
    assert {"evt.num", "proc.name", "fd.name", "evt.arg", "container.id", "k8s.pod.name"} <= names <= set(REGISTRY)
    assert max(map(len, text.splitlines())) <= 121
    assert "evt.num                       (Type: UINT64) " in call_cli("-lv").stdout.decode()
    assert "`evt.num` | UINT64 | " in call_cli("--list-markdown").stdout.decode()


def test_list_has_what_sysdig_lists(call_cli: Call) -> None:
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


def test_list_events(call_cli: Call) -> None:
    lines = call_cli("-L").stdout.decode().splitlines()
    assert "> close(FD fd)" in lines and "< close(ERRNO res)" in lines
    assert "> getrusage(SYSCALLID ID, UINT16 nativeID)" in lines
    assert all(re.fullmatch(r"[<>] [\w+.-]+\(.*\)", line) for line in lines)


@pytest.mark.parametrize("words", [("-l", "-j"), ("-j", "-l"), ("-lj",), ("--list", "--json")])
def test_list_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    fields = {f["name"]: f for f in json.loads(call_cli(*words).stdout)}
    text = call_cli("-l").stdout.decode()
    assert set(fields) == set(re.findall(r"^([a-z0-9_]+\.[a-z0-9_.]+)(?=\s)", text, re.M))
    assert fields["evt.num"]["type"] == "UINT64" and fields["evt.num"]["argument"] == "none"
    assert fields["evt.arg"]["argument"] == "required" and fields["fd.ip"]["filter_only"] and fields["evt.num"]["description"]


@pytest.mark.parametrize("words", [("-L", "-j"), ("-j", "-L")])
def test_list_events_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    events = json.loads(call_cli(*words).stdout)
    lines = [f"{e['dir']} {e['name']}({', '.join(p['type'] + ' ' + p['name'] for p in e['params'])})" for e in events]
    assert lines == call_cli("-L").stdout.decode().splitlines()


@pytest.mark.parametrize("words", [("-cl", "-j"), ("-j", "-cl"), ("--list-chisels", "--json")])
def test_list_chisels_as_json(call_cli: Call, words: tuple[str, ...]) -> None:
    from pysysdig.chiselkit.loader import names

    listed = json.loads(call_cli(*words).stdout)
    chisels = {c["name"]: c for c in listed["chisels"]}
    assert set(chisels) < set(names()) and "ps" in chisels and "flame" not in chisels
    assert chisels["ps"]["args"][0]["type"] == "filter" and listed["not_loaded"] == []
    assert json.loads(call_cli("-i", "ps", "-j").stdout) == chisels["ps"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run_cli: Call, shell: str) -> None:
    result = run_cli("--completion", shell)
    assert result.returncode == 0 and b"_PYSYSDIG_COMPLETE" in result.stdout


def test_completion(run_cli: Call) -> None:
    def completed(words: str) -> list[str]:
        env = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_PYSYSDIG_COMPLETE": "bash_complete"}
        return [line.split(",")[1] for line in run_cli(env=env).stdout.decode().splitlines()]

    assert completed("pysysdig --tim") == ["--timetype"]
    assert "proc.name" in completed("pysysdig -r f proc.n")
    assert completed("pysysdig -r f proc.name contain") == ["contains"]


def test_completion_of_values(run_cli: Call, tmp_path: Path) -> None:
    """bash takes `=` for a word of its own, zsh does not; bash inserts what it gets as it is."""

    def completed(shell: str, *words: str) -> list[str]:
        env = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1), "_PYSYSDIG_COMPLETE": f"{shell}_complete"}
        lines = run_cli(env=env).stdout.decode().splitlines()
        return [line.split(",")[1] for line in lines] if shell == "bash" else lines[1::3]

    assert completed("bash", "pysysdig", "evt.type", "=", "openat2") == ["openat2"]
    assert {"file", "ipv4", "unix"} <= set(completed("bash", "pysysdig", "-r", "f", "fd.type", "="))
    assert completed("bash", "pysysdig", "fd.type!", "=", "sig") == ["signalfd"]
    assert completed("zsh", "pysysdig", "(fd.type=sig") == ["(fd.type=signalfd"]
    assert completed("zsh", "pysysdig", "evt.failed!=t") == ["evt.failed!=true"]
    assert completed("zsh", "pysysdig", "proc.name=") == []
    assert "proc.pname" in completed("zsh", "pysysdig", "evt.type=open", "and", "proc.pn")

    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: Two words\n  desc: d\n  condition: evt.num=1\n  output: o\n  priority: INFO\n  tags: [noise]\n"
        "- rule: Other\n  desc: d\n  condition: evt.num=1\n  output: o\n  priority: INFO\n"
    )
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--describe-rule", "T") == ["Two words"]
    assert completed("bash", "pysysdig", "--validate", str(rules), "--enable-rule", "T") == [r"Two\\ words"]
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--disable-tag", "") == ["noise"]
    rules.write_text("- rule: Broken")
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--describe-rule", "") == []


def test_choices_are_values_of_the_fields(call_cli: Call, root: Path) -> None:
    """What is offered is what events have, and no filter on it is refused."""
    from pysysdig.fields.choices import _KNOWN, choices
    from pysysdig.filter import compile_filter

    for name in _KNOWN:
        for value in choices(name):
            compile_filter(f"{name}={value}")
    for name in ("evt.type", "evt.dir", "evt.category", "fd.type", "fd.sockfamily"):
        out = call_cli("-r", root / "captures" / "udp.scap", "-p", f"%{name}").stdout.decode()
        assert set(out.split()) - {"<NA>"} <= set(choices(name)) and out


def test_unknown_shell(call_cli: Call) -> None:
    result = call_cli("--completion", "tcsh")
    assert result.returncode == 1 and result.stderr == b"pysysdig: no completion for 'tcsh': choose bash, zsh or fish\n"


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
