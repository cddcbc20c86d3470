"""Views of other people."""

from __future__ import annotations

import os
import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pysysdig.chiselkit import loader as chisels
from pysysdig.chiselkit.places import ENVIRONMENT
from pysysdig.errors import UsageError
from pysysdig.views import plugins
from pysysdig.views.loader import builtin_views, every_view, find_view, view_ids
from tests.conftest import Call

CODE = """
from pysysdig.views.model import KEY, REST, SUM, TABLE, Column, View

VIEW = View(
    id="{id}", name="Mine", kind=TABLE, description="{text}",
    columns=(Column("", "proc.name", role=KEY), Column("N", "evt.count", aggregation=SUM), Column("P", "proc.name", width=REST)),
)
"""


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working directory of our own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def put(folder: Path, id_: str, text: str, name: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"v_{name or id_}.py"
    path.write_text(CODE.format(id=id_, text=text))
    return path


def test_order_of_places(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(places / "here" / "chisels", "mine", "working directory")
    assert find_view("mine").description == "working directory"
    put(places / "home" / ".chisels", "mine", "home")
    assert find_view("mine").description == "home"
    monkeypatch.setattr(plugins, "_entry_points", lambda: [EntryPoint("mine", "tests.views.test_plugins:ENTRY", plugins.GROUP)])
    monkeypatch.setitem(globals(), "ENTRY", builtin_views()["errors"]._replace(id="mine", description="entry point"))
    assert find_view("mine").description == "entry point"
    put(places / "dir", "mine", "directory")
    assert find_view("mine", [str(places / "dir")]).description == "directory"
    assert "mine" in {view.id for view in every_view()} and "mine" in view_ids()


def test_what_comes_with_the_program_is_replaced_only_by_folders_that_were_named(places: Path) -> None:
    put(places / "home" / ".chisels", "errors", "another")
    assert find_view("errors") is builtin_views()["errors"]
    assert find_view("errors", [str(places / "home" / ".chisels")]).description == "another"


def test_chisels_and_views_do_not_mix(places: Path) -> None:
    put(places / "home" / ".chisels", "mine", "x")
    assert not {"v_mine", "mine"} & set(chisels.names())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("VIEW = 5", "there is no VIEW"),
        ("", "there is no VIEW"),
        ("x =", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        (CODE.format(id="other", text=""), "its id is 'other' in place of 'mine'"),
        (CODE.format(id="mine", text="").replace("role=KEY", "role=5"), "a table has one key"),
    ],
)
def test_what_is_no_view(places: Path, call_cli: Call, code: str, said: str) -> None:
    path = put(places / "home" / ".chisels", "mine", "")
    path.write_text(code)
    with pytest.raises(UsageError, match=rf"view mine \({re.escape(str(path))}\).*{re.escape(said)}"):
        find_view("mine")
    problems: list[str] = []
    assert {view.id for view in every_view((), problems)} == set(builtin_views()) and len(problems) == 1
    result = call_cli("--list-views")
    assert result.returncode == 0 and said in result.stderr.decode() and b"procs_errors" in result.stdout


def test_what_others_could_have_written_is_not_run(places: Path) -> None:
    path = put(places / "home" / ".chisels", "mine", "x")
    path.chmod(0o666)
    with pytest.raises(UsageError, match="can be written by others"):
        find_view("mine")
    problems: list[str] = []
    every_view((), problems)
    assert len(problems) == 1 and "chmod go-w" in problems[0]


def test_names_are_no_paths() -> None:
    for name in ("../x", "a/b", "", "v.x", "\x1b"):
        with pytest.raises(UsageError, match="there is no view"):
            find_view(name)


def test_the_example_of_the_documentation(places: Path, call_cli: Call, root: Path) -> None:
    page = (root / "docs" / "writing-chisels.md").read_text()
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "VIEW = " in block)
    os.mkdir("chisels")
    Path("chisels/v_extensions.py").write_text(code)
    result = call_cli("-r", root / "captures" / "demo.scap", "--view", "extensions")
    lines = result.stdout.decode().splitlines()
    assert lines[0].split() == ["BYTES", "OPS", "LARGEST", "NAME"] and len(lines) > 3
    assert result.stderr == b""
