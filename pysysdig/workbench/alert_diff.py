"""What two files of alerts, or the alerts of rules on two traces, differ in: how many of which rule only one of them has."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pysysdig.errors import PysysdigError

_MOST_LINE = 1 << 20
_MOST = 2_000_000  # alerts of a file
# what is another value in each run
_VOLATILE = re.compile(
    r"evt\.(time|rawtime|num|cpu|datetime|deltatime|latency)\b.*|.*\b(pid|tid|ppid|vpid|vtid|sid|pgid|vpgid|apid)(\[.*)?|fd\.num|"
    r"container\.(id|full_id|start_ts|duration)|(proc|thread)\.(duration|ppid\.duration|pid\.ts|cpu.*|exectime|totexectime)"
)

Key = tuple[str, tuple[tuple[str, str], ...]]


class Only(NamedTuple):
    """Alerts that one side has more of: `number` more, of a rule, with these values."""

    side: str
    number: int
    rule: str
    fields: dict[str, str]


def read(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(rule, fields) of the alerts of a file with one JSON object a line, ours or Falco's. Raises PysysdigError."""
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b""), 1):
                if number > _MOST:
                    raise PysysdigError(f"{path}: more than {_MOST} lines")
                if line.strip():
                    yield _alert(path, number, line)
    except OSError as error:
        raise PysysdigError(f"{path}: {error.strerror or error}") from None


def _alert(path: str, number: int, line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        found: Any = json.loads(line)
        rule, fields = found["rule"], found.get("output_fields") or {}
        if not isinstance(rule, str) or not isinstance(fields, dict):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PysysdigError(f"{path}:{number}: not an alert: a JSON object with `rule` and `output_fields`") from None
    return rule, fields


def differences(
    first: Iterable[tuple[str, dict[str, Any]]],
    second: Iterable[tuple[str, dict[str, Any]]],
    chosen: Sequence[str] = (),
    *,
    exact: bool = False,
) -> list[Only]:
    """What only one of two sides has of (rule, fields), in the order of the alerts.

    chosen  the fields that are compared; none: those of the alerts, without what is another in each run (times, process ids,
            descriptors, ids of containers) unless `exact`
    """
    sides = [Counter(_key(*alert, chosen, exact) for alert in side) for side in (first, second)]
    out = []
    for name, own, other in (("A", sides[0], sides[1]), ("B", sides[1], sides[0])):
        for (rule, fields), number in own.items():
            more = number - other[rule, fields]
            if more > 0:
                out.append(Only(name, more, rule, dict(fields)))
    return out


def _key(rule: str, fields: dict[str, Any], chosen: Sequence[str], exact: bool) -> Key:
    names = chosen or sorted(name for name in fields if exact or not _VOLATILE.fullmatch(name))
    return rule, tuple((name, _text(fields.get(name))) for name in names)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
