"""Why a rule is not among those that are tried."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.errors import UsageError, did_you_mean
from pysysdig.rules.engine import Switch
from pysysdig.rules.model import PRIORITIES, Rule, RuleSet
from pysysdig.rules.places import places_of
from pysysdig.rules.results import UNKNOWN_FILTER, UNKNOWN_SOURCE


def missing(name: str, loaded: RuleSet, priority: int, switches: Sequence[Switch]) -> str:
    """Why the rule of this name is not tried. Raises UsageError if the files have none."""
    for rule in loaded.rules:
        if rule.name == name:
            return _reason(rule, priority, switches)
    places = places_of(loaded)
    place = places.item("rule", name)
    if place is None:
        hint = did_you_mean(name, [rule.name for rule in loaded.rules], 1)
        raise UsageError("; ".join(filter(None, (f"the rule files have no rule '{name}'", hint))))
    for result in loaded.results:
        for warning in result.warnings:
            if warning.code in (UNKNOWN_FILTER, UNKNOWN_SOURCE) and any(
                location.item_name == name for location in warning.context.locations
            ):
                return f"{warning.message} ({place})"
    return f"it does not load ({place})"


def _reason(rule: Rule, priority: int, switches: Sequence[Switch]) -> str:
    if rule.priority > priority:
        return f"its priority {PRIORITIES[rule.priority]} is below {PRIORITIES[priority]}, the least that is configured"
    last = [switch for switch in switches if not switch.enable and switch.fits(rule)]
    if last:
        switch = last[-1]
        return f"it is switched off by {f'the name {switch.rule}' if switch.rule else f'the tag {switch.tag}'}"
    return "it is switched off in its file (enabled: false)"
