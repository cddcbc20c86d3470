"""group.*: the group an event's thread runs under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.registry import FieldRef, field
from pysysdig.fields.user import UNKNOWN, account_version
from pysysdig.state.accounts import Accounts
from pysysdig.state.levels import THREAD
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import NO_ID, UNSET, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

_GID: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.gid & NO_ID, reads=("gid",))


@field("group.gid", THREAD)
def group_gid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The group id."""
    return view.threads.number(thread_rows(view, sel), _GID)


@field("group.name", THREAD)
def group_name(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The group's name; "" in OLD where nothing told the group."""
    context = (view.users, account_version(view), view.generation == OLD)
    return view.threads.text(thread_rows(view, sel), RowAttribute(_name, *context))


def _name(t: ThreadInfo, users: Accounts, version: int, old: bool) -> str:
    if old and (t.gid == UNSET or t.of_container):
        return ""
    group = users.group(t.gid & NO_ID, t.container_id)
    return group.name if group is not None else "root" if t.gid == 0 else UNKNOWN
