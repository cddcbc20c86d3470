"""Exceptions for groups of alerts.

Alerts of a rule are grouped by who raised them: the strong fields that all of them have, and a name where there is none. What
they did is generalised: a few paths are listed, many become the folders that they are in.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from pysysdig.workbench.tune.model import PATHS, STRONG, Cell, Proposal, Raised, strong, usable

_MOST_LISTED = 5  # paths that are listed; more become folders
_MOST_FOLDERS = 3
_MOST_OF_RULE = 20
_ANCHORS = 2  # fields that say who it was


def propose(
    alerts: Sequence[Raised],
    names: dict[str, set[str]],
    *,
    least: int = 2,
    weak: bool = False,
    without: Collection[tuple[Cell, ...]] = (),
) -> list[Proposal]:
    """Proposals, for the largest groups first.

    names  the exceptions that the rules have already
    least  how many alerts are worth an exception
    weak   also such as rest on what whoever breaks in can choose
    without  cells that were refused
    """
    out: list[Proposal] = []
    by_rule: dict[str, dict[tuple[tuple[str, str], ...], _Alike]] = {}
    for raised in alerts:
        kinds = by_rule.setdefault(raised.rule, {})
        key = tuple(sorted(raised.fields.items()))
        kinds[key] = _Alike(raised, kinds[key].number + 1 if key in kinds else 1)
    for rule, kinds in by_rule.items():
        taken = set(names.get(rule, ()))
        rest = list(kinds.values())
        for _ in range(_MOST_OF_RULE):
            best = max(
                (c for c in _candidates(rule, rest, weak) if c.group >= least and c.cells not in without),
                key=_worth,
                default=None,
            )
            if best is None:
                break
            number = next(n for n in itertools.count(1) if f"tuned_{n}" not in taken)
            taken.add(f"tuned_{number}")
            out.append(best._replace(name=f"tuned_{number}"))
            rest = [alike for alike in rest if not best.fits(alike.raised)]
    return out


class _Alike(NamedTuple):
    """Alerts of a rule with the same values: one of them, and how many they are."""

    raised: Raised
    number: int


def _worth(proposal: Proposal) -> tuple[bool, int, int, tuple[str, ...]]:
    """Strong before weak, many alerts, then the more that is compared; the fields decide what is left open."""
    return not proposal.weak, proposal.group, len(proposal.cells), tuple(cell.field for cell in reversed(proposal.cells))


def _candidates(rule: str, alerts: Sequence[_Alike], weak: bool) -> Iterator[Proposal]:
    names = dict.fromkeys(name for alike in alerts for name in alike.raised.fields)
    anchors = [field for field in names if field not in PATHS]
    for size in range(1, _ANCHORS + 1):
        for fields in itertools.combinations(sorted(anchors, key=_order), size):
            groups: dict[tuple[str, ...], list[_Alike]] = {}
            for alike in alerts:
                values = tuple(alike.raised.fields.get(field, "") for field in fields)
                if all(map(usable, values)):
                    groups.setdefault(values, []).append(alike)
            for values, some in groups.items():
                is_weak = not any(map(strong, fields, values))
                if is_weak and not weak:
                    continue
                cells = tuple(Cell(field, "=", (value,)) for field, value in zip(fields, values))
                paths = _paths(some)
                if paths is None and _has_paths(some):
                    continue  # paths that nothing can be said of: the exception would hide whatever is done
                whole = (*cells, paths) if paths is not None else cells
                yield Proposal(rule, "", whole, sum(alike.number for alike in some), is_weak)


def _order(field: str) -> tuple[int, str]:
    return (STRONG.index(field) if field in STRONG else len(STRONG), field)


def _has_paths(alerts: Sequence[_Alike]) -> bool:
    return any(field in alike.raised.fields for alike in alerts for field in PATHS)


def _paths(alerts: Sequence[_Alike]) -> Cell | None:
    """What the alerts were about; None: there is no field that all of them have, or it is too many things."""
    for field in PATHS:
        values = sorted({alike.raised.fields.get(field, "") for alike in alerts})
        if not all(value.startswith("/") and usable(value) for value in values):
            continue
        if len(values) == 1:
            return Cell(field, "=", tuple(values))
        if len(values) <= _MOST_LISTED:
            return Cell(field, "in", tuple(values))
        folders = _folders(values)
        if folders:
            return Cell(field, "pmatch", folders)
    return None


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """At most _MOST_FOLDERS folders that all paths are in, as deep as possible; () if that would be the root of all."""
    found = sorted({path.rpartition("/")[0] for path in paths})
    while len(found) > _MOST_FOLDERS:
        pairs = [(len(_common(a, b)), a, b) for a, b in itertools.pairwise(found)]
        _, a, b = max(pairs)
        found = sorted({_common(a, b), *(f for f in found if f not in (a, b))})
    kept = [f for f in found if not any(f != other and f.startswith(other + "/") for other in found)]
    return tuple(kept) if all(kept) else ()


def _common(a: str, b: str) -> str:
    """The folder that two folders are in."""
    parts = [x for x, y in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a.split("/"), b.split("/")))]
    return "/".join(parts)
