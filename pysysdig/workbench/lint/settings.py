"""What is linted and how severe it is: `.pysysdig-rules.yaml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from pysysdig.rules.results import ERROR_TEXTS, WARNING_TEXTS
from pysysdig.rules.yamldoc import Document, YamlError
from pysysdig.workbench.lint.model import BY_CODE, LEVELS
from pysysdig.workbench.reading import Place, TestFileError

FILE = ".pysysdig-rules.yaml"
_MOST_BYTES = 1 << 20


class LintSettings(NamedTuple):
    """`only`: the codes that are looked for (empty: all), `without` those that are not; levels by code; paths of test files."""

    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    levels: Mapping[str, str] = {}
    tests: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        """Whether a kind of finding is wanted. That rules do not load is always said."""
        return code in ERROR_TEXTS or (code not in self.without and (not self.only or code in self.only))


def known_code(code: str) -> bool:
    """Whether there is such a kind of finding."""
    return code in BY_CODE or code in WARNING_TEXTS


def read_settings(path: str = "") -> LintSettings:
    """The settings of a file; without a path of that in the current directory, if there is one. Raises TestFileError."""
    name = path or FILE
    if not path and not os.path.exists(name):
        return LintSettings()
    try:
        with open(name, "rb") as file:
            raw = file.read(_MOST_BYTES)
    except OSError as error:
        raise TestFileError(f"{name}: {error.strerror or error}") from None
    document = Document(raw)
    place = Place(name, document)
    try:
        roots = document.read()
    except YamlError as error:
        raise TestFileError(document.told(name, error)) from None
    if not roots:
        return LintSettings()
    top = place.mapping(roots[0], "the settings", ("lint",))
    lint = place.mapping(top["lint"], "lint", ("only", "disable", "severity", "tests")) if "lint" in top else {}

    def codes(key: str) -> frozenset[str]:
        nodes = place.items(lint[key], key) if key in lint else []
        for node in nodes:
            if not known_code(node.text):
                raise place.unknown(node, "lint", node.text, BY_CODE)
        return frozenset(node.text for node in nodes)

    levels = {}
    for code, node in place.entries(lint["severity"], "severity").items() if "severity" in lint else ():
        if not known_code(code):
            raise place.unknown(node, "lint", code, BY_CODE)
        if node.text not in LEVELS:
            raise place.unknown(node, "severity", node.text, LEVELS)
        levels[code] = node.text
    folder = os.path.dirname(name)
    tests = place.texts(lint["tests"], "tests") if "tests" in lint else ()
    return LintSettings(codes("only"), codes("disable"), levels, tuple(os.path.join(folder, test) for test in tests))
