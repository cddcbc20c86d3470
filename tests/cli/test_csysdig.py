"""csysdig's command line."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pysysdig.cli.csysdig import OPTIONS, help_text, main, translated
from pysysdig.cli.job import build
from pysysdig.cli.manpage import csysdig_page
from pysysdig.errors import UsageError
from tests.conftest import Call


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["--ui=procs"]),
        (["-v", "files", "-r", "x.scap", "-pc"], ["-rx.scap", "-pc", "--ui=files"]),
        (
            ["-d", "500", "proc.name=x", "and", "evt.num<5"],
            ["--refresh=500", "--ui=procs", "--", "proc.name=x", "and", "evt.num<5"],
        ),
        (["--raw", "-verrors", "-E", "-n7"], ["--raw", "-E", "-n7", "--view=errors"]),
        (["-j", "--from=1", "--to", "2"], ["-j", "--from=1", "--to=2", "--view=procs"]),
        (["--list-views", "-j"], ["--list-views", "-j"]),
        (["-B", "--modern-bpf", "-B/probe.o"], ["--ui=procs"]),
        (["-A", "--force-term-compat", "--cri=/s", "--logfile", "f"], ["-A", "--no-mouse", "--cri=/s", "--ui=procs"]),
    ],
)
def test_it_becomes_ours(argv: list[str], words: list[str]) -> None:
    assert translated(argv) == words
    build(words)


def test_every_option_is_one_of_pysysdig_and_in_the_help() -> None:
    values = {"print": "c", "view": "files", "readfile": "x"}
    for row in OPTIONS:
        assert f"--{row.long}" in help_text()
        words = translated([f"--{row.long}", *([values.get(row.long, "3")] if row.metavar else [])])
        assert (words is None) == (row.long == "help")
        if words is not None:
            try:
                build(words)
            except UsageError as error:  # an option that csysdig has and pysysdig refuses says why
                assert row.long in ("k8s-api", "k8s-api-cert", "mesos-api", "node-name", "force-tracers-capture")
                assert "nosuch" not in str(error) and len(str(error)) > 20


def test_how_data_is_shown_to_begin_with() -> None:
    for name, buffers in (("-A", "ascii"), ("-X", "hexascii")):
        words = translated([name])
        assert words is not None
        assert build(words).show.buffers == buffers


def test_what_is_wrong_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        translated(["-r"])
    assert main(["--nosuch"]) == 1
    assert capsys.readouterr().err == "pcsysdig: unrecognized option '--nosuch'; pcsysdig --help lists the options\n"
    assert main(["--\x1b[31m"]) == 1
    assert capsys.readouterr().err.startswith("pcsysdig: unrecognized option '--\\x1b[31m'; ")
    assert main(["-h"]) == 0
    assert capsys.readouterr().out.startswith("Usage: pcsysdig")


def test_it_prints_what_view_prints(call_cli: Call, root: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    demo = str(root / "captures" / "demo.scap")
    expected = call_cli("-r", demo, "--view", "errors", "--raw", "evt.type=openat").stdout
    assert main(["-v", "errors", "--raw", "-r", demo, "evt.type=openat"]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == expected != b""


def test_the_manual_page_is_up_to_date(root: Path) -> None:
    assert (root / "man" / "pcsysdig.8").read_text() == csysdig_page(), "make man"


def test_it_is_installed() -> None:
    """Where the package is."""
    program = Path(sys.executable).with_name("pcsysdig")
    if not program.exists():
        pytest.skip("this environment was made before pcsysdig was")
    assert shutil.which(str(program))
