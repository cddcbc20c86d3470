"""One process with descriptors, and what a parameter of its events is shown as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.render.args import groups
from pysysdig.render.group import Group
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.render.params import texts_of
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot, user
from pysysdig.state.inspector import Inspector
from pysysdig.state.view import EventView

FDS = [
    fd(0, "/dev/null"),
    fd(4, "/var/log", s.FD_DIRECTORY),
    fd(5, "", s.FD_IPV4_SOCK, sip="127.0.0.1", sport=40000, dip="10.9.8.7", dport=80, l4=2),
]


def view_of(*events: Any, generation: str = OLD) -> EventView:
    before = snapshot(process(30, "cat", cwd="/home/u/", fds=FDS), accounts=[user(1000, "joe")])
    return Inspector(before, generation).process(batch(events))


def grouped(view: EventView, options: RenderOptions = PLAIN) -> Iterator[Group]:
    """All events, by type and number of parameters."""
    for _, group in groups(view, np.arange(len(view)), options):
        yield group


def texts(
    name: str, params: list[Any], index: int, full: bool, options: RenderOptions = PLAIN, generation: str = OLD, tid: int = 30
) -> list[str]:
    """One parameter of one event, alone and among so many that it is worked out once for all: both must agree."""
    one = event(name, tid=tid, params=params, generation=generation)
    found = [
        texts_of(group, index, group.info.params[index], full)
        for many in (1, 200)
        for group in grouped(view_of(*[one] * many, generation=generation), options)
    ]
    assert set(map(str, found[1])) == {str(found[0][0])}
    return found[0]
