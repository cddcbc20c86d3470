"""Rule files to a RuleSet: files and directories in order, all of them one collection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.eventsources.registry import of_plugin
from pysysdig.rules.collection import Collection
from pysysdig.rules.compile import Compilation
from pysysdig.rules.files import rule_files
from pysysdig.rules.model import Rule, RuleSet
from pysysdig.rules.reader import read
from pysysdig.rules.results import FILE_READ, YAML_PARSE, FileResult, Problem, file_context
from pysysdig.rules.version import BUILT_IN, PluginRequirement
from pysysdig.rules.yamldoc import MAX_BYTES, Document, YamlError

if TYPE_CHECKING:
    from pysysdig.rules.appended import AppendOutput


class RuleText:
    """The text of a rule file and the name that messages call it by."""

    __slots__ = ("content", "name")

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content


def load_rules(
    files: Sequence[str | RuleText],
    append_output: Sequence[AppendOutput] = (),
    keep_going: bool = False,
    every_source: bool = True,
) -> RuleSet:
    """Load rule files, directories and texts as one set.

    append_output  what the configuration appends to outputs
    keep_going     read the files after one with errors, too
    every_source   rules of all sources that there are count; else those of system calls, and of sources whose plugin the files
                   require, as in Falco without configuration

    Never raises for what is in the files: `RuleSet.results` says what is wrong, and if anything is, there are no rules.
    """
    loader = Loader(append_output, every_source)
    for file in _sources(files):
        result = loader.add(file)
        if not result.successful and not keep_going:
            break
    return loader.rule_set()


def _sources(files: Sequence[str | RuleText]) -> list[str | RuleText]:
    out: list[str | RuleText] = []
    for file in files:
        out += rule_files([file]) if isinstance(file, str) else [file]
    return list(dict.fromkeys(out))


class Loader:
    """Loads one file after the other into one collection.

    results          of the files so far
    missing_plugins  which plugin the files require is not there, "" if none is
    """

    def __init__(self, append_output: Sequence[AppendOutput] = (), every_source: bool = False) -> None:
        """every_source: see load_rules."""
        self.collection = Collection(every_source)
        self.results: list[FileResult] = []
        self.missing_plugins = ""
        self._compilation = Compilation(self.collection, append_output)
        self._contents: dict[str, bytes] = {}
        self._rules: list[Rule] = []

    def add(self, file: str | RuleText) -> FileResult:
        """Load a file, or a text."""
        name = file if isinstance(file, str) else file.name
        result = FileResult(name, self._contents)
        self.results.append(result)
        try:
            content = _content(file) if isinstance(file, str) else file.content
        except OSError as e:
            why = f"Could not open file {name} for reading: {e.strerror or e}"
            result.error(Problem(FILE_READ, why, file_context(name)))
            return result
        self._contents[name] = content
        self._load(content, result)
        return result

    def _load(self, content: bytes, result: FileResult) -> None:
        document = Document(content)
        try:
            roots = document.read()
        except YamlError as e:
            context = file_context(result.name)
            if e.index is not None:
                context = context.inside("value for", "", document.place(e.index))
            result.error(Problem(YAML_PARSE, e.message, context))
            return
        if roots:
            from pysysdig.rules.schema import deviations

            result.schema = [text for root in roots for text in deviations(root)]
        collection = self.collection
        known = len(collection.plugins)
        read(document, roots, collection, result)
        if len(collection.plugins) > known and not self.missing_plugins:
            self.missing_plugins = _missing(collection.plugins[known:])
        self._rules = self._compilation.run(result)

    def rule_set(self) -> RuleSet:
        """What has been loaded."""
        collection = self.collection
        rules = self._rules if all(r.successful for r in self.results) else []
        return RuleSet(
            rules, list(collection.macros.values()), list(collection.lists.values()), self.results, collection.engine,
            collection.plugins, self.missing_plugins,
        )  # fmt: skip


def _missing(required: list[list[PluginRequirement]]) -> str:
    """Why rules that need plugins cannot be used; "" if they need none. Event sources stand for
    plugins."""
    for alternatives in required:
        if not any(r.name in BUILT_IN or of_plugin(r.name) is not None for r in alternatives):
            names = ", ".join(f"{r.name} (>= {r.version})" for r in alternatives)
            return f"Plugin requirement not satisfied, must load one of: {names}"
    return ""


def _content(path: str) -> bytes:
    """The bytes of a file, at most one more than is allowed."""
    with open(path, "rb") as f:
        return f.read(MAX_BYTES + 1)
