"""A configuration and the rules that it chooses, read and compiled: what the service starts with, and what a reload makes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.rules.schema import deviations
from pysysdig.rules.yamldoc import MAX_BYTES, Document, YamlError

if TYPE_CHECKING:
    from pysysdig.alerts.make import AlertMaker
    from pysysdig.rules.active import ActiveRules
    from pysysdig.service.config import ServiceConfig


class File(NamedTuple):
    """A file that was read: what it does not fit of its schema, and the hash of its content."""

    path: str
    deviations: list[str]
    sha256: str

    @property
    def verdict(self) -> str:
        """As start-up lines say it."""
        return f"{self.path} | schema validation: {self.deviations[0] if self.deviations else 'ok'}"


class Loaded(NamedTuple):
    """What came of it.

    rules           at work
    remarks         what there is to say about rule files
    config_files, rule_files
    paths           everything that it depends on: files, directories, files that may come
    """

    config: ServiceConfig
    rules: ActiveRules[AlertMaker]
    remarks: list[str]
    config_files: list[File]
    rule_files: list[File]
    paths: list[str]


Compile = Callable[["ServiceConfig"], tuple["ActiveRules[AlertMaker]", list[str]]]  # the rules of a configuration, and remarks


def load(path: str, options: Sequence[str], given: Sequence[str], compile_: Compile) -> Loaded:
    """Read everything. path, options: of the configuration; given: rule files in place of those that it names. Raises
    PysysdigError."""
    from pysysdig.service.config import load as load_config
    from pysysdig.service.plugin_keys import plugins

    config = load_config(path, options)
    missing = plugins(config.tree)
    rules, remarks = compile_(config)
    remarks = [*remarks, *(f"plugin {name} is not supported: rules of its events are passed over" for name in missing)]
    config_files = [File(name, config.deviations[name], digest(name)) for name in config.files]
    named = [*given] or config.rules.rules_files
    files = [rule_file(name) for name in config.rules.rule_paths(given)]
    return Loaded(config, rules, remarks, config_files, files, [*config.files, *_folders(config), *named])


def rule_file(path: str) -> File:
    """A rule file, looked at on its own."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES)
        found = [line for root in Document(data).read() for line in deviations(root)]
    except (OSError, YamlError):  # loading it has told why
        return File(path, [], "")
    return File(path, found, hashlib.sha256(data).hexdigest())


def digest(path: str) -> str:
    """SHA-256 of a file's content; "" if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(MAX_BYTES)).hexdigest()
    except OSError:
        return ""


def _folders(config: ServiceConfig) -> list[str]:
    """The directories that config_files names."""
    from pysysdig.rules.config_tree import items, text

    named = [entry.get("path") if isinstance(entry, dict) else entry for entry in items(config.tree.get("config_files"))]
    return [path for path in map(text, named) if path and not os.path.isfile(path)]


def fingerprint(paths: Sequence[str]) -> tuple[object, ...]:
    """Something that changes when somebody writes to one of these files, or changes what is in one of these directories."""
    out: list[object] = []
    for name in _files(paths):
        try:
            state = os.stat(name)
            out.append((name, os.path.realpath(name), state.st_ino, state.st_size, state.st_mtime_ns))
        except OSError:
            out.append((name,))
    return tuple(out)


def contents(paths: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The same files with the hashes of their contents."""
    return tuple((name, digest(name)) for name in _files(paths))


def _files(paths: Sequence[str]) -> list[str]:
    """Those in directories, too."""
    out = []
    for path in paths:
        try:
            out += sorted(os.path.join(path, name) for name in os.listdir(path) if not name.startswith("."))
        except OSError:
            out.append(path)
    return out
