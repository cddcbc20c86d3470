"""Why a chisel has failed, in one line: what, and where in its file."""

from __future__ import annotations

import os
import traceback
from collections.abc import Collection, Iterator

from pysysdig.chiselkit.events import UndeclaredField
from pysysdig.errors import PysysdigError
from pysysdig.fields.lookup import is_field

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_READERS = frozenset({"column", "equal", "get", "numbers", "values"})  # methods of events and batches that take a field's name


def explained(error: BaseException, declared: Collection[str] = ()) -> str:
    """An exception that a chisel raised; `declared` are the fields that it may read."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_PACKAGE)]
    file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)
    if isinstance(error, UndeclaredField):
        return _undeclared(error.name, file, line, declared)
    if isinstance(error, PysysdigError):
        return str(error)
    where = f" ({file}:{line})" if file else ""
    message = str(error)
    return f"{type(error).__name__}{': ' + message if message else ''}{where}".replace("\n", " ")


def _undeclared(name: str, file: str, line: int, declared: Collection[str]) -> str:
    """All fields that the chisel's file reads without declaring them, so that they can be mended at once."""
    used = {name: line}
    for other, at in _read_fields(file):
        if other not in declared:
            used.setdefault(other, at)
    listed = ", ".join(f"{field} ({file}:{at})" for field, at in sorted(used.items(), key=lambda item: item[1]))
    return f"used but not declared in `fields`: {listed}"


def _read_fields(file: str) -> Iterator[tuple[str, int]]:
    """(field, line) of the fields named where events and batches are read: `event["fd.name"]`, `batch.numbers("fd.num")`."""
    import ast

    try:
        with open(file, "rb") as opened:
            tree = ast.parse(opened.read())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        named: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            named = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _READERS and node.args:
            named = node.args[0]
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and "." in named.value and is_field(named.value):
            yield named.value, named.lineno
