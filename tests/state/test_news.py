"""What events that no system call made do to containers, accounts, and what is shown of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT, OLD, TYPES, load
from pysysdig.state.build import process, snapshot
from pysysdig.state.context import MASK
from pysysdig.state.inspector import Inspector
from pysysdig.state.news import NewsHandlers

BOX = "aaaabbbbcccc"


def told(kind: str = "CONTAINER_JSON_E", tid: int = -1, **body: Any) -> Event:
    return event(kind, 1_000, tid, [json.dumps({"container": {"id": BOX, "name": "box", "type": 0, **body}})])


def test_each_event_that_tells_something_has_a_handler() -> None:
    """Those that are kept for files that begin later are the same."""
    handled = NewsHandlers(Inspector(snapshot(), OLD)).table()
    assert sorted(handled) == np.flatnonzero(MASK).tolist()
    assert {load(OLD)[kind].name for kind in handled} == {
        "useradded", "userdeleted", "groupadded", "groupdeleted", "container", "asyncevent",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["CONTAINER_JSON_E", "CONTAINER_JSON_2_E"])
def test_a_container_is_known_from_its_event_on(kind: str) -> None:
    inspector = Inspector(snapshot(process(7)), CURRENT)
    getuid = event("SYSCALL_GETUID_X", 1_000, 7, [0])
    view = inspector.process(batch([getuid, told(kind, name="other", User="joe"), getuid]))
    assert inspector.containers.at(BOX, 1) is None
    info = inspector.containers.at(BOX, 2)
    assert info is not None and (info.id, info.name, info.user) == (BOX, "other", "joe")
    assert inspector.containers.at(BOX, 3) is info
    assert view.threads.rows[view.thread[1]].comm == f"container:{BOX}"


@pytest.mark.parametrize("generation, hidden", [(OLD, True), (CURRENT, False)])
def test_one_that_its_engine_does_not_know_is_not_shown_in_old_captures(generation: str, hidden: bool) -> None:
    inspector = Inspector(snapshot(), generation)
    events = batch([told(lookup_state=1), told(lookup_state=2)])
    inspector.process(events)
    assert (events.hidden is not None and events.hidden.tolist() == [False, True]) == hidden


@pytest.mark.parametrize("text", ["", "{", "[]", '{"container": 1}'])
def test_what_is_no_container_tells_nothing(text: str) -> None:
    inspector = Inspector(snapshot(process(7)), CURRENT)
    view = inspector.process(batch([event("CONTAINER_JSON_E", 1_000, 7, [text])]))
    assert len(inspector.containers) == 0
    assert view.threads.rows[view.thread[0]].comm == "test"


def test_the_oldest_event_has_its_parts_as_parameters() -> None:
    inspector = Inspector(snapshot(), OLD)
    inspector.process(batch([event("CONTAINER_E", 1_000, -1, [BOX, 1, "box", "img:3"])]))
    info = inspector.containers.at(BOX, 1)
    assert info is not None and (info.name, info.image, info.type_name) == ("box", "img:3", "lxc")


def test_accounts_of_a_container_are_not_those_of_the_host() -> None:
    inspector = Inspector(snapshot(), CURRENT)
    inspector.process(batch([event("USER_ADDED_E", 1_000, -1, [5, 6, "joe", "/j", "/sh", BOX])]))
    assert inspector.accounts.user(5, BOX) is not None and inspector.accounts.user(5) is None
    inspector.process(batch([event("USER_DELETED_E", 1_000, -1, [5, 6, "joe", "/j", "/sh", ""])]))
    assert inspector.accounts.user(5, BOX) is not None
    assert TYPES["USER_ADDED_E"] in inspector.handlers


def test_asynchronous_events_tell_of_containers_that_come_and_go() -> None:
    """What is known of one that is gone stays: its processes may still end."""

    def telling(called: str, **container: Any) -> Event:
        return event("ASYNCEVENT_E", 1, 0, [0, called, json.dumps({"container": container}).encode() + b"\0"])

    events = [
        telling("container", id="aaaabbbbcccc", name="web", type=7), telling("container_removed", id="aaaabbbbcccc", type=7),
        telling("other", id="ddddbbbbcccc", name="x"), telling("container_removed", id="eeeebbbbcccc"),
    ]  # fmt: skip
    inspector = Inspector(snapshot(), CURRENT)
    view = inspector.process(batch(events))
    threads = [view.threads.rows[row].comm if row >= 0 else "" for row in view.thread.tolist()]
    assert threads == ["container:aaaabbbbcccc", "container:aaaabbbbcccc", "", "container:eeeebbbbcccc"]
    known = inspector.containers.at("aaaabbbbcccc", 4)
    assert known is not None and known.name == "web" and inspector.containers.at("ddddbbbbcccc", 4) is None
