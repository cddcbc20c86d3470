"""What proposals would do: each is loaded and tried on the traces, all in one pass, and on what must still fire."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import RuleSet
from pysysdig.workbench.backtest.model import GONE, MOVED, NEW, Difference, Outcome, Variant
from pysysdig.workbench.backtest.run import backtest
from pysysdig.workbench.compiled import first_error
from pysysdig.workbench.files import ENDINGS, read_suite, test_files
from pysysdig.workbench.tune.model import Proposal
from pysysdig.workbench.verdict import PASSED
from pysysdig.workbench.verdict import run as run_case


class Effect(NamedTuple):
    """What a proposal does.

    vanish    alerts of its rule that are gone; uncovered: alerts that other rules raise instead
    keeps     alerts of its rule that stay
    refused   why it is not proposed, "" if it is
    """

    proposal: Proposal
    vanish: tuple[Difference, ...] = ()
    uncovered: tuple[Difference, ...] = ()
    hides: int = 0
    keeps: int = 0
    refused: str = ""


class MustFire(NamedTuple):
    """What must still fire: test files, and traces all of whose alerts are wanted."""

    tests: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()


def must_fire(paths: Sequence[str], traces: Callable[[Sequence[str]], list[str]]) -> MustFire:
    """Test files and traces of paths. Raises PysysdigError."""
    tests: list[str] = []
    others: list[str] = []
    for path in paths:
        found = test_files([path]) if os.path.isdir(path) or path.endswith((*ENDINGS, ".yaml", ".yml")) else []
        tests += found
        if not found:
            others.append(path)
    return MustFire(tuple(tests), tuple(traces(others)) if others else ())


def effects(
    base: Variant, proposals: Sequence[Proposal], paths: Sequence[str], must: MustFire, config: RuleConfig, *, jobs: int = 1
) -> tuple[list[Effect], Outcome | None]:
    """(the effect of each proposal alone, what all that are not refused do together)."""
    variants, refused = [base], {}
    numbers: dict[int, int] = {}
    for number, proposal in enumerate(proposals):
        made = _variant(base, proposal.patch(), config, f"P{number}")
        if isinstance(made, str):
            refused[number] = made
        else:
            numbers[number] = len(variants)
            variants.append(made)
    outcome = backtest(variants, paths, config, jobs=jobs)
    lost = _lost(base, proposals, variants, numbers, must, config, jobs)
    out = []
    for number, proposal in enumerate(proposals):
        if number in refused:
            out.append(Effect(proposal, refused=refused[number]))
            continue
        out.append(_effect(proposal, variants[numbers[number]].name, numbers[number], outcome, lost.get(number, "")))
    good = [effect.proposal for effect in out if not effect.refused]
    together = _variant(base, "".join(p.patch() for p in good), config, "together") if good else ""
    return out, backtest([base, together], paths, config, jobs=jobs) if isinstance(together, Variant) else None


def _variant(base: Variant, patch: str, config: RuleConfig, name: str) -> Variant | str:
    """The rules with a patch, or why it does not load."""

    @cache
    def loaded() -> RuleSet:
        return load_rules([*base.files, RuleText("tune.patch.yaml", patch.encode())], config.append_output)

    error = first_error(loaded())
    if error is not None:
        return f"it does not load: {error.render().splitlines()[-1]}"
    rules = tuple(active_rules(loaded().rules, config.priority, base.switches))
    return Variant(name, (*base.files, "tune.patch.yaml"), rules, loaded, base.switches, base.matching)


def _effect(proposal: Proposal, name: str, number: int, outcome: Outcome, lost: str) -> Effect:
    found = [d for result in outcome.results for d in result.differences if d.variant == name]
    vanish = tuple(d for d in found if proposal.rule == (d.was if d.kind == MOVED else d.rule if d.kind == GONE else ""))
    uncovered = tuple(d for d in found if d.kind in (NEW, MOVED))
    before, after = outcome.total(0)[proposal.rule], outcome.total(number).get(proposal.rule, 0)
    refused = lost
    if not refused and before == after and outcome.results:
        refused = "it hides nothing on these traces"
    return Effect(proposal, vanish, uncovered, before - after, after, refused)


def _lost(
    base: Variant, proposals: Sequence[Proposal], variants: Sequence[Variant], numbers: dict[int, int], must: MustFire,
    config: RuleConfig, jobs: int,
) -> dict[int, str]:  # fmt: skip
    """Which proposals silence what must fire."""
    out: dict[int, str] = {}
    if must.traces:
        for result in backtest(variants, must.traces, config, jobs=jobs).results:
            for d in result.differences:
                if d.kind != NEW:
                    number = next(n for n, at in numbers.items() if variants[at].name == d.variant)
                    out.setdefault(number, f"it silences what must fire: {d.trace} event {d.event}, {d.was or d.rule}")
    cases = [case for path in must.tests for case in read_suite(path, base.files).cases]
    cases = [case for case in cases if run_case(case).status == PASSED]
    for number, proposal in enumerate(proposals):
        for case in cases:
            if number in out:
                break
            outcome = run_case(case._replace(appended=f"{case.appended.rstrip()}\n{proposal.patch()}".lstrip("\n")))
            if outcome.status != PASSED:
                out[number] = f"it silences a test that must fire: {case.place.name}: {case.name}"
    return out
