"""What tuning came to: a patch, and what it would do."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence

from pysysdig.output.terminal import escaped
from pysysdig.workbench.backtest.model import Difference, Outcome
from pysysdig.workbench.tune.effects import Effect


def patch(effects: Sequence[Effect], files: Sequence[str]) -> str:
    """A rule file with all proposals that are not refused, to be loaded after the others."""
    good = [effect for effect in effects if not effect.refused]
    out = [f"# Load after {_comment(', '.join(files))}. Made by `pysysdig rules tune`; each exception was tried on the traces.\n"]
    for effect in good:
        out.append("\n" + "".join(f"# {line}\n" for line in textwrap.wrap(_comment(summary(effect)), 118)))
        out.append(effect.proposal.patch())
    return "".join(out)


def _comment(text: str) -> str:
    return " ".join(escaped(text).split())


def summary(effect: Effect) -> str:
    """What one proposal does, in a sentence or two."""
    if effect.refused:
        return f"{effect.proposal.rule}: refused: {effect.refused}"
    out = f"{effect.proposal.rule}: hides {effect.hides} alerts, keeps {effect.keeps}"
    rules = Counter(d.rule for d in effect.uncovered)
    if rules:
        out += ", uncovers " + ", ".join(f"{count} of {rule}" for rule, count in rules.items())
    if effect.proposal.weak:
        out += ". WEAK: whoever breaks in can choose what is compared"
    return out


def pretty(effects: Sequence[Effect], together: Outcome | None, files: Sequence[str], *, listed: bool = False) -> str:
    """All proposals, then the patch."""
    out = []
    for effect in effects:
        out.append(summary(effect))
        cells = " and ".join(f"{c.field} {c.op} {', '.join(c.values)}" for c in effect.proposal.cells)
        out.append(f"    not ({cells})   made for {effect.proposal.group} alerts")
        if listed:
            out += [f"    vanishes   {_line(d)}" for d in effect.vanish]
            out += [f"    uncovered  {_line(d)}" for d in effect.uncovered]
    if together is not None:
        before, after = sum(together.total(0).values()), sum(together.total(1).values())
        out += ["", f"all together: {before} alerts now, {after} with the patch"]
    if not effects:
        out.append("no exceptions to propose")
    elif any(not e.refused for e in effects):
        out += ["", patch(effects, files).rstrip("\n")]
    return escaped("\n".join(out)) + "\n"


def _line(d: Difference) -> str:
    rule = f"{d.was} -> {d.rule}" if d.was else d.rule
    return f"{d.trace} event {d.event}  {rule}  {' '.join(d.text.split())}"


def as_json(effects: Sequence[Effect], together: Outcome | None, files: Sequence[str]) -> str:
    """One document."""
    rows = [
        {
            "rule": e.proposal.rule,
            "exception": e.proposal.name,
            "cells": [cell._asdict() for cell in e.proposal.cells],
            "weak": e.proposal.weak,
            "made_for": e.proposal.group,
            "hides": e.hides,
            "keeps": e.keeps,
            "refused": e.refused or None,
            "vanish": [d._asdict() for d in e.vanish],
            "uncovered": [d._asdict() for d in e.uncovered],
        }
        for e in effects
    ]
    totals = None if together is None else {"before": together.total(0), "after": together.total(1)}
    return json.dumps({"schema": 1, "proposals": rows, "together": totals, "patch": patch(effects, files)}, indent=1) + "\n"
