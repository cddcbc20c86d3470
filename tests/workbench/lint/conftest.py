"""Linting texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysysdig.workbench.lint.model import Finding
from pysysdig.workbench.lint.run import lint
from pysysdig.workbench.lint.settings import LintSettings

Lint = Callable[..., list[Finding]]


def rule(condition: str, name: str = "R", output: str = "o", more: str = "") -> str:
    """A rule with this condition."""
    return f"- rule: {name}\n  desc: d\n  condition: {condition}\n  output: {output}\n  priority: INFO\n{more}"


@pytest.fixture
def lint_text() -> Lint:
    """lint_text(*texts of files, only=codes) -> findings, those of unused macros and lists apart."""

    def go(*texts: str, only: str = "", tested: set[str] | None = None) -> list[Finding]:
        contents = [(f"{chr(97 + i)}.yaml", text.encode()) for i, text in enumerate(texts)]
        linted = lint(contents, LintSettings(only=frozenset(only.split())), tested)
        assert linted.loads, linted.findings
        return [f for f in linted.findings if not f.code.startswith("LOAD_")]

    return go
