"""What CONTRIBUTING.md names is there, and its recipes end where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOTS = (
    "",
    "pysysdig",
    "pysysdig/fields",
    "pysysdig/capture",
    "pysysdig/capture/engines",
    "pysysdig/alerts/outputs",
    "pysysdig/views/builtin",
    "pysysdig/native",
    "pysysdig/workbench/lint",
)
_MADE_UP = re.compile(r"NAME|test_b|\ba/b\b")


@pytest.fixture
def recipes(root: Path) -> str:
    text = (root / "CONTRIBUTING.md").read_text()
    return text[text.index("## Recipes") : text.index("## Versions")]


def named(recipes: str) -> list[str]:
    """The files and folders, as they are written between backticks."""
    words = re.findall(r"`([^`]+)`", recipes)
    paths = [w for w in words if re.fullmatch(r"[\w./-]+", w) and ("/" in w or w.endswith((".py", ".h", ".c", ".cfg", ".txt")))]
    return [p for p in paths if not _MADE_UP.search(p) and p != ".c"]


def test_paths_are_there(root: Path, recipes: str) -> None:
    paths = named(recipes)
    assert len(paths) > 40
    gone = [p for p in paths if not any((root / base / p).exists() for base in _ROOTS)]
    assert not gone


def test_names_are_there(root: Path, recipes: str) -> None:
    """`module.NAME` and the names of tables that rows are added to."""
    sources = "\n".join(p.read_text() for p in (root / "pysysdig").rglob("*.py") if not p.name.startswith("_field"))
    for name in (
        "MODULES",
        "_INDEXES",
        "RULES",
        "OUTPUTS",
        "MISSING",
        "VERBS",
        "SYNTAX",
        "VIEW",
        "INTERFACE",
        "ENGINES",
        "NAMED",
        "OWN",
        "SOURCE",
        "capture_of",
        "writer_of",
    ):
        assert re.search(rf"\b{name}\b", sources), name
        assert name in recipes or name == "OUTPUTS", name


def test_targets_are_there(root: Path) -> None:
    targets = re.findall(r"\bmake ([a-z-]+)\b", re.sub(r"make (up|good|clear|sure)", "", (root / "CONTRIBUTING.md").read_text()))
    rules = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.M))
    assert targets and set(targets) <= rules
