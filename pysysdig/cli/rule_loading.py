"""The rules of a run: loaded, or kept from an earlier run, and those of them that are switched on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.output.terminal import escaped
from pysysdig.rules import stored
from pysysdig.rules.engine import Switch, active_rules

if TYPE_CHECKING:
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.model import Rule, RuleSet
    from pysysdig.rules.results import FileResult
    from pysysdig.settings import RuleSettings


class Refused(PysysdigError):
    """Rule files with errors; the message has several lines."""


def rules_to_try(settings: RuleSettings, config: RuleConfig) -> list[Rule]:
    """The rules of a run, in the order of trial. What there is to say about the files goes to standard error. Raises
    PysysdigError."""
    known = known_rules(settings, config)
    _tell(known.remarks)
    return active_rules(known.rules, config.priority, switches(settings, config))


def rules_with_all(settings: RuleSettings, config: RuleConfig) -> tuple[RuleSet, list[Rule]]:
    """The same, and all that the files say, which is not kept from run to run. Raises PysysdigError."""
    loaded = rule_set(config.rule_paths(settings.files), config)
    _tell(remarks(loaded))
    return loaded, active_rules(loaded.rules, config.priority, switches(settings, config))


def _tell(found: Sequence[str]) -> None:
    for remark in found:
        sys.stderr.write(escaped(remark))


def known_rules(settings: RuleSettings, config: RuleConfig) -> stored.Stored:
    """All rules of the files of a run, and what there is to say about these. Raises PysysdigError."""
    paths = config.rule_paths(settings.files)
    files = stored.contents(paths)
    key = stored.key(files, config.append_output) if files is not None else ""
    known = stored.load(key) if key else None
    if known is None:
        loaded = rule_set(paths if files is None else files, config)
        known = stored.Stored(loaded.rules, remarks(loaded))
        if key:
            stored.keep(key, known)
    return known


def switches(settings: RuleSettings, config: RuleConfig) -> list[Switch]:
    """What switches rules on and off, in order."""
    return [*config.rules, *(Switch(enable=on, **{what: pattern}) for on, what, pattern in settings.switches)]


def rule_set(files: Sequence[str | tuple[str, bytes]], config: RuleConfig) -> RuleSet:
    """The rules of files, or of (name, content), with all that is known of them. Raises Refused."""
    from pysysdig.rules.load import RuleText, load_rules  # start-up time: not for rules that are kept

    sources = [file if isinstance(file, str) else RuleText(*file) for file in files]
    loaded = load_rules(sources, config.append_output, keep_going=True)
    if not loaded.successful:
        raise Refused("\n".join(r.as_text() + r.further_text() for r in loaded.results if not r.successful).rstrip("\n"))
    return loaded


def remarks(loaded: RuleSet) -> list[str]:
    """What there is to say about the files of rules, in short."""
    out = [_warnings(result) for result in loaded.results if result.warnings]
    return [*out, f"{loaded.missing_plugins}\n"] if loaded.missing_plugins else out


def _warnings(result: FileResult) -> str:
    """In short: each code with the number of its warnings."""
    counts: dict[str, int] = {}
    for warning in result.warnings:
        words = f"{warning.code} ({warning.title})"
        counts[words] = counts.get(words, 0) + 1
    listed = ", ".join(words if n == 1 else f"{words} x{n}" for words, n in counts.items())
    return f"{result.name}: Ok, with warnings\n {len(result.warnings)} warnings: [{listed}]\n"
