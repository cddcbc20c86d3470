"""The examples of docs/workbench.md: what it says that commands print is what they print.

"File `NAME`:" before a block writes the block to that file; in `console` blocks lines that begin with `$ ` are run, in order and
in one folder, where `captures` are those of the source tree. `...` in a line stands for anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import Result

_BLOCK = re.compile(r"(?:File `([^`]+)`[^\n]*:\n\n)?```(\w*)\n(.*?)```", re.DOTALL)
_TIME = re.compile(r"\d+\.\d+ s\b")


def sections(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^# (?=[^\n]+\n\n)", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        if "```console" in body:
            yield title, body


def commands(block: str) -> Iterator[tuple[str, str]]:
    for part in block.split("$ ")[1:] if block.startswith("$ ") else []:
        line, _, expected = part.partition("\n")
        while line.endswith("\\"):
            more, _, expected = expected.partition("\n")
            line = line[:-1] + more.lstrip("> ")
        yield line, expected


def fits(expected: str, got: str) -> bool:
    pattern = ".*?".join(re.escape(part) for part in _TIME.sub("N s", expected).split("..."))
    return re.fullmatch(pattern, _TIME.sub("N s", got), re.DOTALL) is not None


def test_examples(call_cli: Callable[..., Result], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "captures").symlink_to(root / "captures")
    seen = 0
    for title, body in sections((root / "docs" / "workbench.md").read_text()):
        if title == "Sigma" and find_spec("sigma") is None:
            continue  # its reader is an extra
        status = 0
        for name, kind, block in _BLOCK.findall(body):
            if name:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block)
            for line, expected in commands(block) if kind == "console" else ():
                seen += 1
                if line == "echo $?":
                    assert expected.strip() == str(status), (title, line)
                    continue
                program, *words = shlex.split(line)
                assert program in ("pysysdig", "cat"), line
                if program == "cat":
                    got = Path(words[0]).read_text()
                else:
                    result = call_cli(*words)
                    status, got = result.returncode, (result.stderr + result.stdout).decode()
                assert fits(expected, got), f"{title}: {line}\n{got}"
    assert seen
