"""Rule sets that verbs are given on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from pysysdig.cli.job import job_of
from pysysdig.cli.rule_loading import known_rules, rule_set, switches
from pysysdig.errors import UsageError
from pysysdig.rules.engine import active_rules
from pysysdig.workbench.backtest.model import Variant

if TYPE_CHECKING:
    from pysysdig.cli.meanings import Draft
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.model import RuleSet

_MOST = 26


def variants(draft: Draft, config: RuleConfig, others: Sequence[Sequence[str]]) -> list[Variant]:
    """The rules of a command line, named A, and other files in their place, named B and so on. Raises PysysdigError."""
    if len(others) >= _MOST:
        raise UsageError(f"at most {_MOST - 1} other rule sets")
    out = []
    settings = job_of(draft).rules
    for number, files in enumerate([settings.files, *map(tuple, others)]):
        own = settings._replace(files=files)
        paths = config.rule_paths(own.files)
        switched = tuple(switches(own, config))
        known = known_rules(own, config)

        def loaded(paths: Sequence[str] = tuple(paths)) -> RuleSet:
            return rule_set(paths, config)

        rules = tuple(active_rules(known.rules, config.priority, switched))
        out.append(Variant(chr(ord("A") + number), tuple(paths), rules, cache(loaded), switched, config.rule_matching))
    return out
