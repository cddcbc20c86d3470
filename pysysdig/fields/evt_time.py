"""evt.*: when an event happened, how long it took (tables/fields.json, docs/reference/output-format.md 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, NumColumn, ObjColumn, constant, encoded, missing
from pysysdig.events.table import OLD, TYPES, WAITS
from pysysdig.fields.event_types import INTERNAL, table_flags, type_mask
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.render import times
from pysysdig.state.levels import FD

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

SECOND = np.uint64(times.SECOND)
Stamps = npt.NDArray[np.uint64]

_SWITCH = TYPES["SCHEDSWITCH_6_E"]


def _part(values: Stamps, suffix: str) -> Stamps:
    """A duration or time whole, its seconds (".s"), its remaining nanoseconds (".ns")."""
    if not suffix:
        return values
    return values // SECOND if suffix == ".s" else values % SECOND


def _texts(name: str, date: str, ns: bool) -> None:
    @field(name)
    def text(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return times.stamps(view.batch.ts[sel], date=date, ns=ns)

    @display(name)
    def shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return NumColumn(view.batch.ts[sel]) if ref.options.json else text(view, sel, ref)


for _name, _date, _ns in (
    ("evt.time", "", True),
    ("evt.time.s", "", False),
    ("evt.time.iso8601", "T", True),
    ("evt.datetime", " ", True),
    ("evt.datetime.s", " ", False),
):
    _texts(_name, _date, _ns)


def _since(view: EventView, sel: Sel) -> Stamps:
    """Time since the first event of the stream; wraps around like the reference's unsigned difference."""
    return view.batch.ts[sel] - np.uint64(view.inspector.first_ts)


def _numbers(suffix: str) -> None:
    @field("evt.rawtime" + suffix)
    def rawtime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return NumColumn(_part(view.batch.ts[sel], suffix))

    @field("evt.reltime" + suffix)
    def reltime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return NumColumn(_part(_since(view, sel), suffix))

    @field("evt.latency" + suffix, FD)
    def latency(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return NumColumn(_part(latencies(view, sel), suffix), _timed(view, sel))

    @field("evt.deltatime" + suffix)
    def deltatime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return NumColumn(_part(_deltas(view, sel, ref), suffix))

    @display("evt.deltatime" + suffix)
    def deltatime_shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        # as JSON the reference evaluates a field twice and shows the second result
        return NumColumn(np.zeros(len(sel), np.uint64)) if ref.options.json else deltatime(view, sel, ref)


for _suffix in ("", ".s", ".ns"):
    _numbers(_suffix)


def latencies(view: EventView, sel: Sel) -> Stamps:
    """Nanoseconds between each exit event and its thread's last enter event; 0 for enter events and without a thread.

    The current libraries have given this up: 0 for every event.
    """
    if view.generation != OLD:
        return np.zeros(len(sel), np.uint64)
    return np.where(view.thread_at(sel) >= 0, view.latency[sel], np.uint64(0))


def _timed(view: EventView, sel: Sel) -> npt.NDArray[np.bool_] | None:
    """Which events have a latency at all: not the internal ones of a thread."""
    if view.generation != OLD:
        return None
    internal = type_mask(view, sel, INTERNAL)
    return ~(internal & (view.thread_at(sel) >= 0)) if internal.any() else None


@field("evt.latency.human", FD)
def latency_human(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The latency with a unit; empty text for events without a thread."""
    if view.generation != OLD:
        return constant("0ns", len(sel))
    has_thread = (view.thread_at(sel) >= 0).tolist()
    timed = _timed(view, sel)
    texts: list[str | None] = [times.human(v) if t else "" for v, t in zip(latencies(view, sel).tolist(), has_thread)]
    if timed is not None:
        for k in np.flatnonzero(~timed).tolist():
            texts[k] = None
    return encoded(texts)


@field("evt.latency.quantized", FD)
def latency_quantized(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Bucket of the latency on a logarithmic scale, which csysdig divides for its spectrogram; sysdig does not: always 1.

    Missing where the latency is 0. The current libraries have given it up: 0 for every event.
    """
    if view.generation != OLD:
        return NumColumn(np.zeros(len(sel), np.uint64))
    timed = _timed(view, sel)
    valid = latencies(view, sel) > 0
    return NumColumn(np.ones(len(sel), np.uint64), valid if timed is None else valid & timed)


@field("evt.wait_latency", FD)
def wait_latency(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The latency of exit events of calls that wait."""
    if view.generation != OLD:
        return NumColumn(np.zeros(len(sel), np.uint64))
    types = view.batch.type_of(sel)
    waits = (table_flags(view.generation)[types] & WAITS) != 0
    return NumColumn(latencies(view, sel), waits & ((types & 1) == 1))


def _deltas(view: EventView, sel: Sel, ref: FieldRef) -> Stamps:
    """Time since the event that this use of the field saw before; 0 the first time."""
    ts = view.batch.ts[sel]
    if not len(ts):
        return ts
    before = ref.state.get("ts", 0) or int(ts[0])
    ref.state["ts"] = int(ts[-1])
    passed: Stamps = ts - np.concatenate([np.array([before], np.uint64), ts[:-1]])
    return passed


@field("evt.outputtime", FD)
def outputtime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The time as -t wants it."""
    mode = ref.options.time_mode
    ts = view.batch.ts[sel]
    if ref.options.json:
        return NumColumn(ts)
    if mode == "a":
        return ObjColumn(list(times.absolute(ts)))
    if mode == "r":
        return ObjColumn(list(times.spans(_since(view, sel))))
    if mode == "d":
        return ObjColumn(list(times.spans(latencies(view, sel))))
    if mode == "D":
        return ObjColumn(list(times.spans(_deltas(view, sel, ref))))
    return times.stamps(ts)


@field("evt.around")
def around(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Distance in nanoseconds from the moment in brackets; the filter accepts what is not above its value in milliseconds."""
    ts = view.batch.ts[sel]
    moment = np.uint64(max(int(ref.arg or 0), 0) & 0xFFFFFFFFFFFFFFFF)
    return NumColumn(np.where(ts >= moment, ts - moment, moment - ts))


@display("evt.around")
def show_around(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Only filters know how far is near."""
    return missing(len(sel))
