"""What became of a rule over a run, in words."""

from __future__ import annotations

from difflib import get_close_matches

from pysysdig.workbench.explanation import SHADOWED, UNTRIED, leaf_text, listed, tree_text
from pysysdig.workbench.findings import Findings, Miss

_MANY = 40  # types of events: that is all of them, as good as


def lines(findings: Findings, *, full: bool = False) -> list[str]:
    """The whole answer."""
    f = findings
    place = f"  {f.place}" if f.place is not None else ""
    out = [
        f"{f.rule}{place}",
        f"  {_count(f.events, 'event')}, {f.tried} tried, {f.matched} matched, {_count(f.alerts, 'alert')}",
    ]
    if f.takers:
        taken = ", ".join(f"{name}: {n}" for name, n in f.takers)
        out.append(f"  own condition true, events taken by other rules first (rule_matching=first): {taken}")
    if f.status == UNTRIED:
        out.append(f"  {untried(f)}")
    if f.misses and f.status not in (SHADOWED,):
        out.append("  nearest:")
        for miss in f.misses:
            out += [f"    {line}" for line in _miss(miss, full)]
    return out


def one_line(findings: Findings) -> str:
    """The cause why a rule raised no alert."""
    f = findings
    if f.status == SHADOWED:
        return f"true of {_count(f.matched, 'event')}, which other rules took: {listed([name for name, _ in f.takers])}"
    if f.status == UNTRIED:
        return untried(f)
    if not f.misses:
        return f"tried on {_count(f.tried, 'event')}, none of which came close"
    best = f.misses[0]
    return f"closest: {_count(best.events, 'event')} (the first is {best.first}) {_lack(best)}{_suggested(best)}"


def untried(f: Findings) -> str:
    """Which types it wants, and which there were."""
    if not f.wanted:
        return "never tried: the condition rules out every type of event"
    if f.starts:
        return f"never tried: it asks for the starts of calls ({listed(f.wanted)}), and rules see the ends"
    if not f.events:
        return "never tried: there were no events"
    wanted = listed(f.wanted) if len(f.wanted) < _MANY else f"{len(f.wanted)} types"
    names = [name for name, _ in f.occurred]
    near = [name for want in f.wanted[:8] for name in get_close_matches(want, names, 2, 0.6)]
    near += [name for name in names if any(name.startswith(want) or want.startswith(name) for want in f.wanted[:8])]
    counts = dict(f.occurred)
    told = list(dict.fromkeys(near))[:4] or names[:4]
    return f"never tried: no event of type {wanted} ({', '.join(f'{name}: {counts[name]}' for name in told)})"


def _miss(miss: Miss, full: bool) -> list[str]:
    example = miss.example
    head = f"{_count(miss.events, 'event')}, surprise {miss.surprise:.1f} bits"
    if example is None:
        return [f"event {miss.first}  ({head})", f"  {_lack(miss)}{_suggested(miss)}"]
    event = example.event
    where = f"  container {event.container}" if event.container else ""
    out = [f"event {event.number}  {event.time}  {event.type}  {event.process}{where}  ({head})"]
    if miss.suggestions:
        out += [f"  did you mean {s.value}? ({_count(s.events, 'event')}; the rule says {s.constant})" for s in miss.suggestions]
    if full:
        return out + [f"  {line}" for line in tree_text(example.tree, full=True)]
    lead = "only " if len(miss.lacking) == 1 else "     "
    for clause in miss.lacking:
        out.append(f"  {lead}x {clause.text[:100]}{f'  {clause.place}' if clause.place else ''}")
    texts = {clause.text for clause in miss.lacking}
    for branch in example.tree.terms or (example.tree,):
        if not branch.value:
            out += [f"         {leaf_text(leaf, negated=leaf.value)}" for leaf in list(branch.leaves())[:4] if texts]
    return out


def _lack(miss: Miss) -> str:
    lead = "lack only" if len(miss.lacking) == 1 else "lack"
    if miss.events == 1:
        lead = lead.replace("lack", "lacks")
    return f"{lead} {'; '.join(clause.text[:80] for clause in miss.lacking[:3])}" + (
        f" and {len(miss.lacking) - 3} more" if len(miss.lacking) > 3 else ""
    )


def _suggested(miss: Miss) -> str:
    return f"; did you mean {miss.suggestions[0].value}?" if miss.suggestions else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
