"""Where chisels are found, and what is said about those that are not."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.chiselkit import listing, loader
from pysysdig.chiselkit import places as chisel_places
from pysysdig.chiselkit.places import ENVIRONMENT
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
    monkeypatch.delenv(ENVIRONMENT, raising=False)
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
    monkeypatch.setenv(ENVIRONMENT, f"{places / 'none'};{places / 'env'}")
    assert loader.find("mine").summary == "environment"
    put(places / "dir", "mine", "directory")
    assert loader.find("mine", [str(places / "dir")]).summary == "directory"


def test_nothing_in_the_working_directory_replaces_our_own(places: Path) -> None:
    put(places / "here" / "chisels", "ps", "not ours")
    put(places / "dir", "ps", "asked for")
    assert loader.find("ps").summary != "not ours"
    assert loader.find("ps", [str(places / "dir")]).summary == "asked for"


def _others_write(path: Path) -> None:
    os.chmod(path, 0o666)


def _group_writes(path: Path) -> None:
    os.chmod(path, 0o664)


def _of_somebody_else(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    os.chown(path, 4711, -1)


def _folder_of_the_group(path: Path) -> None:
    os.chmod(path.parent, 0o775)


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".txt"))
    path.symlink_to(path.with_suffix(".txt"))


def _linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_others_write, "chisels/mine.py can be written by others (mode 0666); chmod go-w"),
        (_group_writes, "chisels/mine.py can be written by others (mode 0664); chmod go-w"),
        (_of_somebody_else, "chisels/mine.py belongs to another user (uid 4711)"),
        (_folder_of_the_group, "chisels can be written by others (mode 0775)"),
        (_link, "chisels/mine.py is a symbolic link"),
        (_linked_folder, "chisels is a symbolic link"),
        (_pipe, "chisels/mine.py is not a file"),
    ],
)
@pytest.mark.parametrize("folder", ["here/chisels", "home/.chisels"])
def test_what_others_may_have_written_is_not_run_unasked(
    places: Path, folder: str, spoil: Callable[[Path], None], why: str
) -> None:
    """Neither by name nor for -cl or completion, and the reason is said; it is when the folder is named."""
    path = put(places / folder, "mine", "not to be trusted")
    os.chmod(path.parent, 0o755)
    os.chmod(path, 0o644)
    assert "mine" in loader.names()
    spoil(path)
    why = why.replace("chisels", path.parent.name, 1)
    with pytest.raises(ChiselError, match=f"^chisel mine is not run: .*{re.escape(why)}"):
        loader.find("mine")
    assert "mine" not in loader.names()
    overview = listing.overview()
    assert why in overview.partition("Passed over:")[2] and "not to be trusted" not in overview
    if spoil is not _pipe:
        assert loader.find("mine", [str(path.parent)]).name == "mine"


@pytest.mark.parametrize("moment", [1, 2], ids=["folder checked", "file checked"])
def test_what_was_checked_is_what_runs(places: Path, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    """Another folder that takes the place of the one that was checked changes nothing."""
    path = put(places / "here" / "chisels", "mine", "checked")
    put(places / "here" / "other", "mine", "slipped in")
    check = chisel_places._check
    calls = []

    def check_and_lose(opened: int, name: str) -> None:
        check(opened, name)
        calls.append(name)
        if len(calls) == moment:
            path.parent.rename(places / "here" / "gone")
            (places / "here" / "other").rename(path.parent)

    monkeypatch.setattr(chisel_places, "_check", check_and_lose)
    assert loader.find("mine").summary == "checked"
    assert len(calls) == 2


def test_a_docstring_says_what_a_chisel_is(places: Path) -> None:
    (places / "dir").mkdir()
    (places / "dir" / "brief.py").write_text(
        'from pysysdig.chisel import Chisel\nclass Brief(Chisel):\n    """One line.\n\n    And more.\n    """\n'
    )
    assert "\nbrief           One line.\n" in listing.overview([str(places / "dir")])


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
