"""Chisels on the command line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pysysdig.cli.chisels import ChiselsAtWork
from pysysdig.cli.consumer import Start
from pysysdig.replay import Limits
from tests.conftest import Call


def test_arguments_or_filter(call_cli: Call, demo: Path) -> None:
    every = call_cli("-r", demo, "-c", "spy_users").stdout
    shallow = call_cli("-r", demo, "-c", "spy_users", "0").stdout
    filtered = call_cli("-r", demo, "-c", "spy_users", "proc.name=seq").stdout
    assert len(shallow.splitlines()) <= len(every.splitlines())
    assert b"seq 1 200" in filtered and b"cat" not in filtered
    assert call_cli("-r", demo, "-c", "iobytes", "evt.type", "=", "read").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-c", "fileslower"], "missing arguments for chisel fileslower"),
        (["-c", "spy_port", "1 2 3"], "too many parameters for chisel spy_port, 1 required, 1 optional, 3 given"),
        (["-c", "spy_port", "x"], "Input host_port must be a number"),
        (["-c", "httptop", "zzz"], "by must be ncalls or bytes or time"),
        (["-c", "nosuch"], "can't open file nosuch"),
        (["-i", "nosuch"], "chisel nosuch not found - use -cl to list them."),
        (["-c", "fdbytes_by", "no.such"], "chisel fdbytes_by: "),
        (["-c", "around", "x.scap"], "chisel around: no filter specified"),
        (["-c", "spectrogram"], "only works on ANSI terminals"),
        (["-c", "spy_ip", "1.2.3.x"], "chisel spy_ip: "),
        (["-c", "iobytes", "--rules", "rules.yaml"], "rules and chisels (-c) cannot be used in one run"),
        (["--rules", "rules.yaml", "-w", "x"], "rules stand alone: without -w, -S and -d"),
        (["--rules", "rules.yaml", "-S"], "rules stand alone: without -w, -S and -d"),
        (["--rules", "rules.yaml", "-d", "evt.num=1"], "rules stand alone: without -w, -S and -d"),
        (["-c", "stderr", "disable_colors"], "disable_color must be 'disable_color', not 'disable_colors'"),
    ],
)
def test_what_is_wrong_is_said(call_cli: Call, demo: Path, arguments: list[str], message: str) -> None:
    done = call_cli("-r", demo, *arguments)
    assert done.returncode == 1 and message in done.stderr.decode() and b"Traceback" not in done.stderr


@pytest.mark.parametrize(("chisel", "word"), [("echo_fds", "disable_color"), ("proc_exec_time", "disable_colors")])
def test_colours_are_switched_off_by_the_word_of_the_chisel(call_cli: Call, demo: Path, chisel: str, word: str) -> None:
    assert b"\x1b" not in call_cli("-r", demo, "-c", chisel, word).stdout
    coloured = call_cli("-r", demo, "-c", chisel, "disable")
    assert b"\x1b" in coloured.stdout and word in coloured.stderr.decode()


def test_json_is_for_formats_and_tables_only(call_cli: Call, demo: Path) -> None:
    text = call_cli("-r", demo, "-c", "echo_fds").stdout.splitlines()
    lines = call_cli("-r", demo, "-j", "-c", "echo_fds").stdout.splitlines()
    assert [line for line in lines if b"------" in line] == [line for line in text if b"------" in line]
    data = [json.loads(line) for line in lines[:-1] if b"------" not in line]
    assert data and all(list(some) == ["evt.arg.data"] for some in data)
    assert call_cli("-r", demo, "-j", "-c", "fileslower", "0").stdout == call_cli("-r", demo, "-c", "fileslower", "0").stdout


def test_several_chisels(call_cli: Call, demo: Path) -> None:
    one = call_cli("-r", demo, "-c", "iobytes").stdout
    other = call_cli("-r", demo, "-c", "topprocs_file").stdout
    assert call_cli("-r", demo, "-c", "iobytes", "-c", "topprocs_file").stdout == one + other


def test_state_ends_the_run(call_cli: Call, demo: Path) -> None:
    lines = call_cli("-r", demo, "-c", "ps", "-c", "iobytes").stdout.decode().splitlines()
    assert lines[0].startswith("TID     PID     USER") and len(lines) == 2


def test_state_when_no_event_passes_the_filter(call_cli: Call, demo: Path) -> None:
    done = call_cli("-r", demo, "-c", "lscontainers", "proc.name=nosuch")
    assert done.returncode == 0 and done.stdout == call_cli("-r", demo, "-c", "lscontainers").stdout


def test_several_captures(call_cli: Call, demo: Path) -> None:
    once = call_cli("-r", demo, "-c", "ps").stdout
    assert call_cli("-r", demo, "-r", demo, "-c", "ps").stdout == once
    notice = b"This chisel uses tracers and is deprecated.\n"
    assert call_cli("-r", demo, "-r", demo, "-c", "flame").stdout == notice
    twice = call_cli("-r", demo, "-r", demo, "-c", "topprocs_file").stdout
    assert twice.count(b"Process") == 2


def test_options_after_the_filter_of_a_chisel(call_cli: Call, demo: Path) -> None:
    want = call_cli("-r", demo, "-c", "spy_users", "proc.name=seq").stdout
    assert call_cli("-c", "spy_users", "proc.name=seq", "-r", demo).stdout == want


def test_state_at_a_moment_and_with_a_filter(call_cli: Call, demo: Path) -> None:
    def lines(*arguments: str) -> list[str]:
        done = call_cli("-r", demo, *arguments)
        assert done.returncode == 0, done.stderr
        return str(done.stdout, "utf-8").splitlines()[1:]

    first, later = lines("-c", "ps"), lines("evt.num>=1500", "-c", "ps")
    assert len(later) > len(first) == 1
    everything = lines("evt.num>=1500", "-c", "lsof")
    pipes = lines("evt.num>=1500", "-c", "lsof", "fd.type=pipe")
    assert pipes == [line for line in everything if line[52:].startswith("pipe ")] and pipes
    assert lines("-c", "lsof", "fd.name=nosuch") == []
    assert lines("-c", "netstat") == []
    assert call_cli("-r", demo, "evt.num=99999999", "-c", "ps").stdout == b"empty capture or no event matching the filter\n"


def test_json_tables(call_cli: Call, demo: Path) -> None:
    document = json.loads(call_cli("-r", demo, "-j", "-c", "topfiles_bytes").stdout)
    key = {"name": "fd.name", "desc": "Filename", "is_key": True}
    assert document["info"] == [key, None, {"name": "evt.rawarg.res", "desc": "Bytes", "is_key": False}]
    assert len(document["data"]) == 9 and isinstance(document["data"][0][1], int)


def test_containers(call_cli: Call, demo: Path) -> None:
    head = call_cli("-r", demo, "-pc", "-c", "topprocs_file").stdout.decode().splitlines()[0]
    assert head.split() == ["Bytes", "Process", "Host_pid", "Container_pid", "container.name"]


def test_writing_at_the_same_time(call_cli: Call, demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.scap"
    table = call_cli("-r", demo, "-c", "topprocs_file", "-w", copy).stdout
    assert table == call_cli("-r", demo, "-c", "topprocs_file").stdout == call_cli("-r", copy, "-c", "topprocs_file").stdout


def test_around(call_cli: Call, demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.scap"
    done = call_cli("-r", demo, "-c", "around", f"{target} 2", "evt.type=execve and evt.dir=< and proc.name=seq")
    assert done.returncode == 0, done.stderr
    assert b"Saving events around 1 syslog entries to " in done.stdout
    events = call_cli("-r", target, "-p", "%proc.name").stdout.split()
    assert events and set(events) <= {b"seq", b"a1_pipelines.sh"}


def test_udp_extract(call_cli: Call, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call_cli("-r", root / "captures" / "udp.scap", "-c", "udp_extract").returncode == 0
    files = sorted((tmp_path / "udp_dump_files").iterdir())
    assert files and all("--" in f.name and ":" not in f.name for f in files)
    assert any(f.stat().st_size for f in files)


def test_completion(run_cli: Call) -> None:
    def complete(words: str) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        env = {"_PYSYSDIG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": count}
        return [line.partition(",")[2] for line in run_cli(env=env).stdout.decode().splitlines()]

    assert "topprocs_file" in complete("pysysdig -c topprocs_f")
    assert complete("pysysdig -c httptop n") == ["ncalls"]
    assert "fd.name" in complete("pysysdig -c fdbytes_by fd.nam")


def test_the_library_is_not_loaded_without_chisels(run_cli: Call, demo: Path) -> None:
    done = run_cli("-r", demo, "-n", "1", env={"PYTHONVERBOSE": "1"})
    assert b"pysysdig/cli/printing.py" in done.stderr and b"chiselkit" not in done.stderr


CASES = (
    "topprocs_net", "topscalls_time", "lsof", "ps", "spy_users", "iobytes", "bottlenecks", "stdout", "echo_fds", "fileslower 0",
    "fdcount_by fd.type", "spy_ip 127.0.0.1", "proc_exec_time", "list_login_shells", "flame",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("capture", ["pipelines", "udp"])
def test_as_the_reference(shared: Path, call_cli: Call, capture: str, case: str) -> None:
    name, *arguments = case.split(" ")
    key = name.replace("_", "") + "".join("_" + a.replace(".", "") for a in arguments)
    golden = shared / "golden" / f"{capture}.chisel.{key}.txt.gz"
    done = call_cli("-r", shared / "captures" / f"{capture}.scap", "-c", name, *arguments)
    assert done.stdout == gzip.decompress(golden.read_bytes())


@pytest.mark.parametrize(("live", "filtered", "said"), [(True, False, False), (True, True, True), (False, False, True)])
def test_what_chisels_show_live_need_not_have_passed_their_own_filter(
    live: bool, filtered: bool, said: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CPU use: of a capture from events, of the running machine from /proc."""
    monkeypatch.setattr("pysysdig.cli.chisels.for_people", lambda: True)
    chisels: Any = SimpleNamespace(
        filter_text="evt.type=procinfo", fed=False, state=False, start=lambda name: True, finish=lambda: None
    )
    source: Any = object() if live else None
    work = ChiselsAtWork(chisels, filtered=filtered)
    work.begin(Start("", source, source, Limits(), None))
    work.end()
    work.conclude()
    assert ("no events passed" in capsys.readouterr().err) == said
