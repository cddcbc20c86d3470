"""What the configuration appends to the outputs of rules: text, and fields that only JSON shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pysysdig.rules.model import Rule

CONTAINER_INFO = "%container.info"  # stood for what is appended now, and for nothing else since

# what the container plugin suggests for every output
_SUGGESTED = (
    "container.id", "container.name", "container.image.repository", "container.image.tag", "k8s.pod.name", "k8s.ns.name",
)  # fmt: skip


class AppendOutput:
    """One entry of append_output: what is added to the output of the rules it is about."""

    __slots__ = ("extra_output", "formatted_fields", "raw_fields", "rule", "source", "suggested_output", "tags")

    def __init__(self) -> None:
        self.source = self.rule = ""
        self.tags: set[str] = set()
        self.extra_output = ""
        self.suggested_output = False
        self.formatted_fields: dict[str, str] = {}
        self.raw_fields: list[str] = []

    def applies(self, rule: Rule) -> bool:
        """Whether it is about this rule."""
        return self.source in ("", rule.source) and self.rule in ("", rule.name) and self.tags <= set(rule.tags)


class ExtraField(NamedTuple):
    """A field of JSON alerts beyond those of the output.

    format  an output
    raw     the output is one field, whose value keeps its type
    """

    format: str
    raw: bool


def extended_output(rule: Rule, entries: Iterable[AppendOutput]) -> str:
    """The output of a rule with what the entries that are about it append, each after a blank."""
    return rule.output + "".join(_appended(entry) for entry in entries if entry.applies(rule))


def extra_fields(rule: Rule, entries: Iterable[AppendOutput]) -> dict[str, ExtraField]:
    """The fields that the entries that are about a rule add, by name; of equal names the last one counts."""
    out: dict[str, ExtraField] = {}
    for entry in entries:
        if entry.applies(rule):
            out.update((name, ExtraField(text, False)) for name, text in entry.formatted_fields.items())
            out.update((name, ExtraField("%" + name, True)) for name in entry.raw_fields)
    return out


def _appended(entry: AppendOutput) -> str:
    out = f" {entry.extra_output}" if entry.extra_output else ""
    if entry.suggested_output:
        out += "".join(f" {name.replace('.', '_')}=%{name}" for name in _SUGGESTED)
    return out
