"""The floors of the house: each imports only itself and what is below it (docs/architecture.md, "Who owns what").

Imports are read from the source: those that run (at the top or in a function) and those for annotations alone. The page and this
file name the same floors and packages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "pysysdig"
# from the ground up; the longest name that a module begins with decides
FLOORS = (
    ("cache", "errors", "extras", "output", "resources", "speed", "web", "wire", "native", "_native"),
    ("events",),
    ("state",),
    ("render",),
    ("fields", "eventsources"),
    ("filter",),
    ("format",),
    ("sources",),
    ("scap", "trace", "capture"),
    ("replay", "facts"),
    ("rules", "chisel", "chiselkit", "views"),
    ("alerts", "settings"),
    ("workbench", "service", "export", "report"),
    ("redaction",),
    ("api", "sql", "viewer"),
    ("compare", "spark", "ui"),
    ("cli", "__main__", ""),
)  # fmt: skip
# what a row of docs/architecture.md never imports, as far as that can be seen from imports: the third column of the table there
NEVER = {
    "errors": {"pysysdig"},
    "resources": {"pysysdig"},
    "web": {"pysysdig", "ssl", "json"},
    "wire": {"pysysdig", "google", "grpc"},
    "cache": {"pickle", "marshal", "shelve", "importlib"},
    "settings": {"numpy", "os", "subprocess", "pysysdig.replay"},
    "cli": {"struct", "bcc", "pysysdig.native", "pysysdig.state.step"},
    "events": {"os", "socket", "pathlib", "subprocess"},
    "capture": {"pysysdig.filter", "pysysdig.format", "pysysdig.render", "pysysdig.rules", "pysysdig.output"},
    "sources": {"pysysdig.scap", "pysysdig.trace", "pysysdig.capture"},
    "replay": {"pysysdig.scap", "pysysdig.trace", "pysysdig.capture", "pysysdig.format", "pysysdig.output"},
    "facts": {"pysysdig.scap", "pysysdig.trace", "pysysdig.capture", "pysysdig.output"},
    "scap": {"pysysdig.capture", "bcc", "pysysdig.trace"},
    "trace": {"pysysdig.capture", "bcc", "pysysdig.scap"},
    "state": {"subprocess", "pysysdig.render"},
    "fields": {"subprocess", "yaml", "pysysdig.rules", "pysysdig.filter"},
    "filter": {"yaml", "subprocess", "pysysdig.rules", "pysysdig.format"},
    "eventsources": {"subprocess", "socket", "pysysdig.rules", "pysysdig.filter"},
    "render": {"pysysdig.fields"},
    "format": {"pysysdig.state"},
    "output": {"pysysdig.events", "pysysdig.state", "pysysdig.render", "pysysdig.fields"},
    "chisel": {"pysysdig.cli", "chisels"},
    "chiselkit": {"pysysdig.cli", "chisels"},
    "rules": {"subprocess", "socket", "pysysdig.alerts", "pysysdig.cli"},
    "alerts": {"pysysdig.cli", "pysysdig.filter"},
    "service": {"pysysdig.cli", "pysysdig.capture", "pysysdig.workbench"},
    "workbench": {"pysysdig.cli", "subprocess", "socket"},
    "views": {"curses", "subprocess", "pysysdig.cli", "pysysdig.output.stream"},
    "report": {"pysysdig.cli", "pysysdig.output", "subprocess", "socket"},
    "viewer": {"pysysdig.cli", "pysysdig.output", "subprocess", "os"},
    "export": {"pysysdig.cli", "pysysdig.output.stream"},
    "api": {"pysysdig.cli"},
    "redaction": {"pysysdig.cli", "pysysdig.output.stream"},
    "compare": {"pysysdig.cli", "pysysdig.output.stream"},
    "ui": {"pysysdig.cli", "pysysdig.capture", "pysysdig.output.stream", "curses"},
    "spark": {"pysysdig.cli", "pysysdig.scap", "pysysdig.trace", "pysysdig.capture"},
    "sql": {"pysysdig.cli", "pysysdig.output.stream"},
}
ONLY = {"bcc": {"capture"}, "click": {"cli"}, "textual": {"ui"}}  # who alone may import it
UNSEEN = {"speed", "native", "_native", "extras", "__main__", ""}  # never what imports cannot show


class Import(NamedTuple):
    """`module` imports `target`; `typed`: for annotations alone."""

    module: str
    target: str
    typed: bool


@cache
def imports(root: Path) -> list[Import]:
    return list(_imports(root))


def _imports(root: Path) -> Iterator[Import]:
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / PACKAGE).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree = ast.parse(path.read_text())
        typed = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                targets = [node.module]
                if is_package(root, node.module):
                    targets = [full if is_module(root, full := f"{node.module}.{a.name}") else node.module for a in node.names]
            else:
                continue
            for target in targets:
                yield Import(module, target, id(node) in typed)


def is_package(root: Path, name: str) -> bool:
    return (root / name.replace(".", "/") / "__init__.py").is_file()


def is_module(root: Path, name: str) -> bool:
    return (root / (name.replace(".", "/") + ".py")).is_file() or is_package(root, name)


def begins(name: str, start: str) -> bool:
    return not start or name == start or name.startswith(start + ".")


def floor(module: str) -> int:
    """The floor of a module of the package."""
    fits = [(len(start), number) for number, starts in enumerate(FLOORS) for start in starts if begins(module, start)]
    return max(fits)[1]


def own(target: str) -> str | None:
    """A module of the package, named from within it."""
    return target.partition(".")[2] if begins(target, PACKAGE) else None


def test_imports_go_down(root: Path) -> None:
    found = {
        (module, inner)
        for module, target, _ in imports(root)
        if (inner := own(target)) is not None and inner and floor(inner) > floor(module)
    }
    assert not found, f"these import from a higher floor: {sorted(found)}"


def test_what_is_never_imported(root: Path) -> None:
    wrong = []
    for module, target, typed in imports(root):
        if typed:
            continue
        owner = module.partition(".")[0]
        wrong += [(module, target) for name in NEVER.get(owner, ()) if begins(target, name)]
        wrong += [(module, target) for name, allowed in ONLY.items() if begins(target, name) and owner not in allowed]
    assert not wrong


def test_every_module_has_a_floor(root: Path) -> None:
    """Of its own: the highest one is for what is named there."""
    names = {module.partition(".")[0] for module, _, _ in imports(root)}
    listed = {start.partition(".")[0] for starts in FLOORS for start in starts}
    assert names <= listed


def test_the_page_names_the_same(root: Path) -> None:
    """Floors, and a row for each of what stands on them, which says what it never does."""
    text = (root / "docs" / "architecture.md").read_text().partition("## Who owns what")[2].partition("\n## ")[0]
    drawing = "".join(line for line in text.splitlines() if line.startswith("    "))
    drawn = [{name.strip() for name in part.split(",")} for part in drawing.split("|")]
    assert drawn == [{name for name in starts if name not in ("_native", "__main__", "")} for starts in FLOORS]
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    named = {name.removesuffix(".py").rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row[1])}
    assert named == set().union(*drawn)
    assert all(row[3].strip() for row in rows)
    assert set(NEVER) == named - UNSEEN


def test_long_modules_are_named(root: Path) -> None:
    """With their reason, or as waiting to be split: a module of more than 330 lines, generated tables apart."""
    text = (root / "docs" / "architecture.md").read_text().partition("## Modules above 300 lines")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    package = root / PACKAGE
    lines = {
        path.relative_to(package).as_posix(): path.read_text().count("\n")
        for path in package.rglob("*.py")
        if not path.name.startswith("_")
    }
    assert {name for name, count in lines.items() if count > 330} <= named
