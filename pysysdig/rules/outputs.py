"""Outputs of rules: what they and what is appended to them amount to, and whether they can be made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.rules.appended import CONTAINER_INFO, extended_output, extra_fields
from pysysdig.rules.dubious import deprecated_in
from pysysdig.rules.results import COMPILE_OUTPUT, DEPRECATED_ITEM, FileResult, LoadError, Problem

if TYPE_CHECKING:
    from pysysdig.errors import FilterError, FormatError
    from pysysdig.rules.appended import AppendOutput
    from pysysdig.rules.model import Rule
    from pysysdig.rules.trees import Trees

_CONTAINER_INFO_DEPRECATED = (
    "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will "
    "automatically add required fields to the output message."
)


def output_problem(
    rule: Rule, append_output: Sequence[AppendOutput], trees: Trees, result: FileResult
) -> FilterError | FormatError | None:
    """What is wrong with the output of a rule, where the texts to make are noted. Warnings go to the result. Raises LoadError if
    something is wrong that the configuration appends."""
    text = extended_output(rule, append_output)
    extra = extra_fields(rule, append_output)
    if CONTAINER_INFO in text:
        result.warn(DEPRECATED_ITEM, _CONTAINER_INFO_DEPRECATED, rule.context)
        text = text.replace(CONTAINER_INFO, "")
    rule.output_compiled, rule.extra_fields = text, extra
    problem = trees.output_problem(text, rule.catalogue)
    if problem is not None:
        return problem
    _deprecated(rule, text, result)
    for field in extra.values():
        problem = trees.output_problem(field.format, rule.catalogue)
        if problem is not None:
            raise LoadError(Problem(COMPILE_OUTPUT, problem.message, rule.output_context, problem.hint))
        _deprecated(rule, field.format, result)
    return None


def _deprecated(rule: Rule, text: str, result: FileResult) -> None:
    for name in deprecated_in(text):
        message = f"usage of deprecated field '{name}' has been detected in the rule output"
        result.warn(DEPRECATED_ITEM, message, rule.output_context, name)
