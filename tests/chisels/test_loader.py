"""Where chisels are found, and what is said about those that are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.chiselkit import listing, loader
from pysysdig.errors import ChiselError

CODE = '''
from pysysdig.chisel import Chisel

class {name}(Chisel):
    """{text}"""
    category = "Misc"
    summary = "{text}"
'''


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(CODE.format(name=name.title().replace("_", ""), text=text), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working directory of our own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(loader.ENVIRONMENT, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_by_path(places: Path) -> None:
    path = put(places / "any", "mine", "by path")
    assert loader.find(str(path)).name == "mine"
    with pytest.raises(ChiselError, match="can't open file"):
        loader.find(str(places / "nosuch.py"))


def test_order_of_places(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(places / "here" / "chisels", "mine", "working directory")
    assert loader.find("mine").summary == "working directory"
    put(places / "home" / ".chisels", "mine", "home")
    assert loader.find("mine").summary == "home"
    put(places / "env", "mine", "environment")
    monkeypatch.setenv(loader.ENVIRONMENT, f"{places / 'none'};{places / 'env'}")
    assert loader.find("mine").summary == "environment"
    put(places / "dir", "mine", "directory")
    assert loader.find("mine", [str(places / "dir")]).summary == "directory"


def test_nothing_in_the_working_directory_replaces_our_own(places: Path) -> None:
    put(places / "here" / "chisels", "ps", "not ours")
    put(places / "dir", "ps", "asked for")
    assert loader.find("ps").summary != "not ours"
    assert loader.find("ps", [str(places / "dir")]).summary == "asked for"


def test_files_that_others_can_write_are_not_read_unasked(places: Path) -> None:
    path = put(places / "here" / "chisels", "mine", "open")
    os.chmod(path, 0o666)
    with pytest.raises(ChiselError):
        loader.find("mine")
    assert loader.find("mine", [str(path.parent)]).name == "mine"


def test_both_names_of_sysdig() -> None:
    assert loader.find("ps") is not None and loader.find("ps.lua").name == "ps"


def test_lua(places: Path) -> None:
    (places / "here" / "old.lua").write_text("x = 1")
    with pytest.raises(ChiselError, match="Lua"):
        loader.find("old.lua")


def test_unknown_names_get_a_hint() -> None:
    with pytest.raises(ChiselError, match="did you mean topprocs_file"):
        loader.find("topproc_file")
    with pytest.raises(ChiselError, match="-cl lists"):
        loader.find("zzzzzz")
    with pytest.raises(ChiselError, match="chisel zzz not found - use -cl to list them."):
        listing.information("zzz")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1/0", "ZeroDivisionError"),
        ("x = 1", "defines 0 subclasses"),
        ("(", "SyntaxError"),
        ("import nosuch", "nosuch"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("from pysysdig.chisel import Chisel\nclass A(Chisel):\n    summary = None", "summary must be a text, not None"),
    ],
)
def test_files_that_cannot_be_loaded(places: Path, code: str, why: str) -> None:
    (places / "dir").mkdir()
    (places / "dir" / "bad.py").write_text(code)
    with pytest.raises(ChiselError, match=why):
        loader.find("bad", [str(places / "dir")])
    text = listing.overview([str(places / "dir")])
    assert "Not loaded:" in text and why in text and "topprocs_file" in text


def test_every_chisel_of_the_facts() -> None:
    want = """
        echo_fds spy_ip spy_port spy_file spy_users spy_logs spy_syslog stdin stdout stderr httplog httptop memcachelog
        topprocs_cpu topprocs_file topprocs_net topprocs_errors topfiles_bytes topfiles_time topfiles_errors topconns
        topports_server topscalls topscalls_time topcontainers_cpu topcontainers_file topcontainers_net
        topcontainers_error fdbytes_by fdcount_by fdtime_by iobytes iobytes_file iobytes_net bottlenecks fileslower
        netlower scallslower proc_exec_time lsof netstat ps lscontainers list_login_shells shellshock_detect spectrogram
        subsecoffset flame around udp_extract tracers_2_statsd table_generator
    """
    assert set(want.split()) <= set(loader.names())
    for name, chisel in loader.every():
        assert not isinstance(chisel, ChiselError), chisel
        assert chisel.summary and chisel.description and listing.describe(chisel), name


def test_listing() -> None:
    text = listing.overview()
    assert "\nCategory: I/O\n-------------\n" in text
    assert "\ntopcontainers_cpu\n                Top containers by CPU usage\n" in text
    assert "flame" not in text and "table_generator" not in text
    assert text.endswith("\nUse the -i flag to get detailed information about a specific chisel\n")


def test_description() -> None:
    text = listing.information("fileslower")
    assert text.startswith("\nCategory: Performance\n---------------------\nfileslower      Trace slow file I/O\n")
    assert "[int] min_ms - " in text and "[string] disable_color - " in text
    assert "Args:\n(None)\n" in listing.information("topprocs_file")
