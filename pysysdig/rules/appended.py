"""What the configuration appends to the outputs of rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysysdig.rules.config import AppendOutput
    from pysysdig.rules.model import Rule

# what the container plugin suggests for every output
_SUGGESTED = (
    "container.id", "container.name", "container.image.repository", "container.image.tag", "k8s.pod.name", "k8s.ns.name",
)  # fmt: skip


def extended_output(rule: Rule, entries: Iterable[AppendOutput]) -> str:
    """The output of a rule with what the entries that are about it append, each after a blank."""
    return rule.output + "".join(_appended(entry) for entry in entries if entry.applies(rule))


def _appended(entry: AppendOutput) -> str:
    out = f" {entry.extra_output}" if entry.extra_output else ""
    if entry.suggested_output:
        out += "".join(f" {name.replace('.', '_')}=%{name}" for name in _SUGGESTED)
    return out
