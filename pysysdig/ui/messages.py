"""What the screen and the engine tell each other through their pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.rules.listed import Row
from pysysdig.ui.table import Table

if TYPE_CHECKING:
    from pysysdig.report.comparison import Difference


class Reading(NamedTuple):
    """To the engine, before all else: what is read, and how.

    path        the capture, "" = the running machine
    filter      the command line's (byte text)
    limit, duration, suppressed, names, containers, ports   as settings.RunSettings and ShowSettings have them
    refresh     ns between two tables of the running machine
    folder      where the temporary file goes, "" = nowhere
    """

    path: str
    filter: str = ""
    limit: int | None = None
    duration: int = 0
    suppressed: tuple[str, ...] = ()
    names: bool = True
    containers: bool = False
    ports: bool = False
    refresh: int = 2_000_000_000
    folder: str = ""


class Show(NamedTuple):
    """To the engine: from now on this view. Answers carry the same number, so that those that are late can be told.

    filter   byte text, on top of what the command line says
    depth    how deep one is in nested spans
    columns  fields of columns beside its own
    """

    number: int
    view: str
    filter: str
    depth: int = 0
    columns: tuple[str, ...] = ()


class Find(NamedTuple):
    """To the engine: the events that pass a filter (byte text) as lines, or their data (`echo`, as `mode` says: digging).

    after   number of an event; of captures only those behind it are wanted
    past    of the running machine: those that are kept, not those to come
    """

    number: int
    filter: str
    echo: bool = False
    mode: str = "dotted"
    after: int = 0
    past: bool = False


class Measure(NamedTuple):
    """To the engine: how long the calls took whose events pass a filter (byte text), as a heat map."""

    number: int
    filter: str


class Glance(NamedTuple):
    """To the engine: the numbers of a report about the events that pass a filter (byte text), over time."""

    number: int
    filter: str


class Compare(NamedTuple):
    """To the engine: how the events of a capture that pass `filter` differ from those that pass `other`, or, with `path`, from
    those of another capture that pass `filter`. Filters (byte text) are whole ones: the command line's is not added."""

    number: int
    filter: str
    other: str = ""
    path: str = ""


class Sum(NamedTuple):
    """To the engine: the alerts, summed up by something (alerts.groups.BY); `within`: or those of this group alone; `least`: the
    priority that they have at least (the greatest number of rules.model.PRIORITIES), None: any."""

    number: int
    by: str
    within: tuple[str, ...] = ()
    least: int | None = None


class Describe(NamedTuple):
    """To the engine: all fields of the event `event` of a capture, or of those of the running machine that are kept."""

    number: int
    event: int


class Rules(NamedTuple):
    """To the engine: the rules, and how often each raised an alert, unless only they are wanted."""

    number: int
    hits: bool = True


class Switch(NamedTuple):
    """To the engine: from now on the rule of this name is on, or off; None: the other way round. There is no answer."""

    number: int
    rule: str
    on: bool | None = None


class Read(NamedTuple):
    """To the engine: all that there is to say about the rule of this name."""

    number: int
    rule: str


class Explain(NamedTuple):
    """To the engine: why the rule of this name raised an alert at a time (ns since the epoch); or why it did, or did not, at the
    event of a number; or, with neither, what came of it on all events."""

    number: int
    rule: str
    time: int = 0
    event: int = 0


Question = Show | Find | Measure | Glance | Compare | Sum | Describe | Rules | Switch | Read | Explain


class Lines(NamedTuple):
    """More lines, in order: (number of the event, harmless text). cut: events whose lines were left out so far."""

    number: int
    lines: list[tuple[int, str]]
    cut: int
    done: bool


class Spectrum(NamedTuple):
    """A heat map: `counts` (int64, a row for each `width` ns from `first` on, ns since the epoch, a column for each span of
    latencies: heat.EDGES)."""

    number: int
    first: int
    width: int
    counts: npt.NDArray[np.int64]
    done: bool


class Tile(NamedTuple):
    """A number (report.metrics.Metric), and what it is made of over time: int64 (n,), the same n for all tiles."""

    id: str
    name: str
    filter: str
    total: int
    series: npt.NDArray[np.int64]


class Glanced(NamedTuple):
    """The numbers of a report. span: time that the events cover, ns."""

    number: int
    tiles: list[Tile]
    span: int
    progress: float | None
    done: bool


class Compared(NamedTuple):
    """Differences (report.comparison); none before it is `done`."""

    number: int
    differences: list[Difference]
    progress: float | None
    done: bool


class Summed(NamedTuple):
    """A table of alerts. Of each row, its latest alert: `jumps`, filters for the events of its process, `texts` (byte texts),
    `raised`: by which rule, and when (ns since the epoch), and `processes`, filters for its process and those begun by it ("" =
    unknown).

    total  alerts in all; `lost` of them are not kept
    """

    number: int
    table: Table
    jumps: list[str]
    texts: list[str]
    raised: list[tuple[str, int]]
    total: int
    lost: int
    done: bool
    processes: Sequence[str] = ()


class Ruled(NamedTuple):
    """The rules in load order. hits: alerts of each by name, None: there is no capture, or nothing is known yet."""

    number: int
    rows: list[Row]
    hits: dict[str, int] | None
    done: bool


class Told(NamedTuple):
    """A rule: (title, text in one line) as rules.describe has them."""

    number: int
    rule: str
    rows: list[tuple[str, str]]


class Reasons(NamedTuple):
    """Why a rule raised alerts, or did not: lines; none where something else was asked meanwhile."""

    number: int
    lines: list[str]


class Described(NamedTuple):
    """The fields of an event that have a value, as harmless text, and its data."""

    number: int
    event: int
    fields: list[tuple[str, str]]
    data: bytes


class Shown(NamedTuple):
    """A table. progress: part of the capture read, 0 to 1, None unknown; done: there will be no other one."""

    number: int
    table: Table
    progress: float | None
    done: bool


class Facts(NamedTuple):
    """What the engine knows of the capture by now.

    events   that were read
    span     time they cover, ns
    first    time of the first, ns since the epoch
    lost     events lost while it was recorded
    width    ns of time for each of `counts`, which says how many events there were; `losses`: how many were lost, roughly;
             `alerts`: how many alerts there were, where they are known
    """

    events: int
    span: int
    first: int
    lost: int
    width: int = 0
    counts: tuple[int, ...] = ()
    losses: tuple[int, ...] = ()
    alerts: tuple[int, ...] = ()


class Failed(NamedTuple):
    """What was asked for cannot be had: one line."""

    number: int
    text: str


class Note(NamedTuple):
    """Something to tell the user, one line."""

    text: str


Answer = Shown | Lines | Spectrum | Glanced | Compared | Summed | Ruled | Told | Reasons | Described | Facts | Failed | Note
