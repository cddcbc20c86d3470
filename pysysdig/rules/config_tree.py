"""Falco's configuration as a tree: falco.yaml, the files it names, and `-o key=value`. Scalars are text."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pysysdig.rules.yamldoc import Document, Node

MAX_BYTES = 4 << 20
MAX_INDEX = 4096
MAX_DEPTH = 64

_MAX_VARIABLES = 1000  # in one scalar, those that come out of others included
_INDEX = re.compile(r"\[([^\]]*)\]")


class BadKey(UsageError):
    """The value of a key is wrong. key: which one, as `a.b.c`."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class Found(NamedTuple):
    """A configuration file that was read."""

    path: str
    document: Document
    roots: list[Node]


def read(path: str = "", options: Sequence[str] = (), found: list[Found] | None = None) -> dict[str, Any]:
    """The tree of a falco.yaml ("" = none) with `key=value` options over it.

    found: gets the files that were read, in order.

    Raises UsageError; a file that is not YAML is a ConfigError.
    """
    tree: dict[str, Any] = {}
    if path:
        tree = _load_file(path, found)
        for option in options:
            if option.startswith("config_files"):
                _set_option(tree, option)
        _include(tree, path, found)
    for option in options:
        _set_option(tree, option)
    return tree


# files


def _load_file(path: str, found: list[Found] | None) -> dict[str, Any]:
    try:
        with open(path, "rb") as f:
            data = f.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Could not read configuration file {path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}: a configuration of more than {MAX_BYTES} bytes")
    tree = _parse(data, path, found)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: a configuration is a mapping")
    expanded: dict[str, Any] = _expand(tree, 0)
    return expanded


def _parse(data: bytes, where: str, found: list[Found] | None = None) -> Any:
    """YAML as dicts, lists and text."""
    from pysysdig.rules import yamldoc

    document = yamldoc.Document(data)
    try:
        roots = document.read()
    except yamldoc.YamlError as error:
        if error.index is None:
            raise UsageError(document.told(where, error)) from None
        raise ConfigError(document.told(where, error), document.text, error.index) from None
    if found is not None:
        found.append(Found(where, document, roots))
    return _plain(roots[0]) if roots else None


def _plain(node: Any) -> Any:
    from pysysdig.rules import yamldoc

    if node.kind == yamldoc.MAPPING:
        return {key: _plain(value) for key, value in node.entries.items()}
    if node.kind == yamldoc.SEQUENCE:
        return [_plain(item) for item in node.items]
    return node.text if node.kind == yamldoc.SCALAR else None


def _expand(value: Any, depth: int) -> Any:
    """Environment variables in scalars replaced."""
    if depth > MAX_DEPTH:
        raise UsageError("a configuration nested too deeply")
    if isinstance(value, dict):
        return {k: _expand(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_expand(v, depth + 1) for v in value]
    return _expand_text(value) if isinstance(value, str) else value


def _expand_text(value: str) -> str:
    """`${NAME}` is replaced, and what comes of it looked at again; `$${NAME}` stands for `${NAME}`. As in the reference a scalar
    is left alone from any other `$` on."""
    at, left = 0, _MAX_VARIABLES
    while (at := value.find("$", at)) >= 0:
        if value.startswith("$${", at):
            value = value[:at] + value[at + 1 :]
            at += 1
            continue
        end = value.find("}", at)
        if not value.startswith("${", at) or end < 0:
            break
        left -= 1
        if not left:
            raise UsageError("a configuration with a variable that contains itself")
        value = value[:at] + os.environ.get(value[at + 2 : end], "") + value[end + 1 :]
    return value


def _include(tree: dict[str, Any], main: str, found: list[Found] | None) -> None:
    """Merge the files that config_files names."""
    for entry in items(tree.get("config_files")):
        strategy = "append"
        if isinstance(entry, dict):
            strategy = text(entry.get("strategy", strategy))
            entry = entry.get("path", "")
        path = Path(text(entry))
        if path == Path(main):
            raise UsageError(f"Config error: 'config_files' directive tried to recursively include main config file: {main}.")
        if path.is_dir():
            files = sorted(str(f) for f in path.iterdir() if f.is_file())
        else:
            files = [str(path)] if path.is_file() else []
        for file in files:
            _merge(tree, _load_file(file, found), strategy, file)


def _merge(tree: dict[str, Any], more: dict[str, Any], strategy: str, name: str) -> None:
    for key, value in more.items():
        if key == "config_files":
            raise UsageError(f"Config error: 'config_files' directive in included config file {name}.")
        if strategy == "add-only":
            tree.setdefault(key, value)
        elif strategy != "override" and isinstance(value, list):
            tree[key] = [*items(tree.get(key)), *value]
        else:
            tree[key] = value


# options


def _set_option(tree: dict[str, Any], option: str) -> None:
    key, equals, value = option.partition("=")
    if not equals:
        raise UsageError(f'Error parsing config option "{option}". Must be of the form key=val or key.subkey=val')
    parsed: Any = value
    if value.startswith("{") and value.endswith("}"):
        parsed = _parse(value.encode("utf-8", "surrogateescape"), option)
    _assign(tree, _steps(key), parsed, key)


def _steps(key: str) -> list[str | int]:
    """`a.b[1].c\\.d` as its steps; -1 stands for `[]`, a new element."""

    def wrong(why: str) -> UsageError:
        return UsageError(f'Config error at key "{key}": Parsing error: {why}')

    steps: list[str | int] = []
    name = ""
    i = 0
    while i < len(key):
        char = key[i]
        if char == "\\":
            if key[i + 1 : i + 2] not in (".", "[", "]", "\\") or i + 1 >= len(key):
                raise wrong(f"invalid escape sequence at pos {i}")
            name += key[i + 1]
            i += 2
        elif char == "[":
            match = _INDEX.match(key, i)
            index = match[1] if match else "?"
            if index and not re.fullmatch(r"[0-9]{1,9}", index):
                raise wrong(f"expected a numeric index, found '{index}'")
            if name:
                steps.append(name)
                name = ""
            elif not steps:
                raise wrong(f"unexpected character at pos {i}")
            steps.append(int(index) if index else -1)
            i += len(index) + 2
            if key[i : i + 1] == ".":
                i += 1
            elif i < len(key) and key[i] != "[":
                raise wrong(f"expected '.' character at pos {i}")
        elif char == ".":
            if not name:
                raise wrong(f"unexpected character at pos {i}")
            steps.append(name)
            name = ""
            i += 1
        else:
            name += char
            i += 1
    if name:
        steps.append(name)
    if not steps or len(steps) > MAX_DEPTH:
        raise wrong("unexpected end")
    return steps


def _assign(tree: dict[str, Any], steps: list[str | int], value: Any, key: str) -> None:
    """Set the value at the end of the steps; what is not there, or is a scalar on the way, is made."""
    here: Any = tree
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        fresh: Any = value if last else [] if isinstance(steps[i + 1], int) else {}
        if isinstance(step, int):
            if not isinstance(here, list):
                raise UsageError(f'Config error at key "{key}": not a list')
            at = len(here) if step < 0 else step
            if at > MAX_INDEX:
                raise UsageError(f'Config error at key "{key}": index above {MAX_INDEX}')
            here.extend([None] * (at + 1 - len(here)))
            if last or not isinstance(here[at], type(fresh)):
                here[at] = fresh
            here = here[at]
        else:
            if not isinstance(here, dict):
                raise UsageError(f'Config error at key "{key}": not a mapping')
            if last or not isinstance(here.get(step), type(fresh)):
                here[step] = fresh
            here = here[step]


# access


def text(value: Any) -> str:
    """A scalar; "" for anything else."""
    return value if isinstance(value, str) else ""


def items(value: Any) -> list[Any]:
    """The elements of a list; a scalar alone is a list of one."""
    if isinstance(value, list):
        return [v for v in value if v is not None]
    return [value] if isinstance(value, str) else []


def at(tree: dict[str, Any], path: str) -> Any:
    """The value at `key.key.key`, None if there is none."""
    here: Any = tree
    for key in path.split("."):
        here = here.get(key) if isinstance(here, dict) else None
    return here


_TRUE = frozenset({"y", "yes", "true", "on"})
_FALSE = frozenset({"n", "no", "false", "off"})


def boolean(tree: dict[str, Any], path: str, default: bool) -> bool:
    """The true or false at a path; `default` if it is neither."""
    word = text(at(tree, path)).lower()
    return True if word in _TRUE else False if word in _FALSE else default


def number(tree: dict[str, Any], path: str, default: float) -> float:
    """The number at a path; BadKey if it is none."""
    value = text(at(tree, path))
    try:
        found = float(value) if value else default
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadKey(path, f"configuration key {path}: {value} is not a number")
    return found
