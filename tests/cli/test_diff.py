"""`pysysdig diff`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

Call = Callable[..., Result]


def test_the_same(root: Path, run_cli: Call) -> None:
    demo = str(root / "captures" / "demo.scap")
    done = run_cli("diff", demo, demo)
    assert done.returncode == 0 and done.stdout.decode() == f"no differences between {demo} and {demo}\n"


def test_what_is_gone(root: Path, tmp_path: Path, run_cli: Call) -> None:
    demo, other = str(root / "captures" / "demo.scap"), str(tmp_path / "x.pscap")
    run_cli("-r", demo, "-w", other, "proc.name != grep")
    done = run_cli("diff", demo, other, "-j")
    changes = json.loads(done.stdout)["changes"]
    assert done.returncode == 1
    assert {c["change"] for c in changes if c["section"] == "calls" and c["key"][0] == "grep"} == {"gone"}
    back = json.loads(run_cli("diff", other, demo, "-j").stdout)["changes"]
    assert {c["change"] for c in back if c["section"] == "calls" and c["key"][0] == "grep"} == {"new"}
    assert b"| gone | `grep " in run_cli("diff", demo, other, "--format", "markdown").stdout


def test_calls_of_a_process(root: Path, run_cli: Call) -> None:
    demo = str(root / "captures" / "demo.scap")
    done = run_cli("diff", demo, demo, "--of", "cat")
    assert (done.returncode, done.stdout) == (0, b"cat: the same calls in both\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "two captures are needed"),
        (("{}", "/nosuch.scap"), "no such file"),
        (("{}", "{}", "--by", "proc.nam"), "proc.nam"),
        (("{}", "{}", "--format", "x"), "there are text, json, markdown"),
        (("{}", "{}", "--of", "nosuch"), "no process called nosuch"),
    ],
)
def test_mistakes_are_status_2(root: Path, run_cli: Call, words: tuple[str, ...], said: str) -> None:
    done = run_cli("diff", *(w.format(root / "captures" / "demo.scap") for w in words))
    assert done.returncode == 2 and said in done.stderr.decode()
