"""group.*: the group an event's thread runs under."""

from __future__ import annotations

from typing import Any

from pysysdig.events.column import Column
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.registry import FieldRef, field
from pysysdig.fields.user import UNKNOWN, account_key
from pysysdig.state.levels import THREAD
from pysysdig.state.threads import NO_ID, UNSET


@field("group.gid", THREAD)
def group_gid(view: Any, sel: Any, ref: FieldRef) -> Column:
    """The group id."""
    return view.threads.number(thread_rows(view, sel), "group.gid", lambda t: t.gid & NO_ID)


@field("group.name", THREAD)
def group_name(view: Any, sel: Any, ref: FieldRef) -> Column:
    """The group's name; "" in OLD where nothing told the group."""
    old = view.generation == OLD

    def name(t: Any) -> str:
        if old and (t.gid == UNSET or t.of_container):
            return ""
        group = view.users.group(t.gid & NO_ID, t.container_id)
        return group.name if group is not None else "root" if t.gid == 0 else UNKNOWN

    return view.threads.text(thread_rows(view, sel), account_key(view, "group.name"), name)
