"""What events made in user space tell of accounts and containers (docs/reference/state-model.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.table import TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.accounts import Accounts
from pysysdig.state.base import Handlers
from pysysdig.state.containers import CONTAINER, CONTAINER_REMOVED, parse_container
from pysysdig.state.parameters import ASYNCEVENT_E, CONTAINER_E, CONTAINER_JSON_E, GROUP_ADDED_E, USER_ADDED_E
from pysysdig.state.pods import RESOURCE
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.containers import ContainerInfo, ContainerTable

_CONTAINER, _ASYNC = TYPES["CONTAINER_E"], TYPES["ASYNCEVENT_E"]
_USER_ADDED, _USER_DELETED = TYPES["USER_ADDED_E"], TYPES["USER_DELETED_E"]
_GROUP_ADDED, _GROUP_DELETED = TYPES["GROUP_ADDED_E"], TYPES["GROUP_DELETED_E"]


class NewsHandlers(Handlers):
    """Handlers of these events."""

    @on("CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "ASYNCEVENT_E")
    def on_container(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """What a container engine told about a container: the event shows it as its thread. One that an engine did not know
        is not shown by the libraries of the time."""
        info = tell_container(self.machine.containers, p, self.machine.num)
        if info is None:
            return
        if info.failed and not self.current_generation:
            self._hide(pos)
        self.threads.put_once(th.of_container(info.id, info.user), pos)

    def _hide(self, pos: int) -> None:
        """The event at `pos` is not shown."""
        batch = self.machine.batch
        hidden = np.zeros(len(batch), bool) if batch.hidden is None else batch.hidden.copy()
        hidden[pos] = True
        batch.hidden = hidden

    @on("CONTAINER_E")
    def on_plain_container(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The oldest form of the same: id, type, name, image."""
        tell_container(self.machine.containers, p, self.machine.num)

    @on("USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E")
    def on_account(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """useradded, userdeleted, groupadded, groupdeleted."""
        tell_account(self.machine.accounts, p)


def tell_container(containers: ContainerTable, p: Params, num: int) -> ContainerInfo | None:
    """Tell the table what event `num`, in any of its forms, says of a container; what is known of it now, None if the event says
    nothing of one, but of a pod, or is of the oldest form."""
    if p.type == _CONTAINER:
        id_, name, image = (p.text(i) for i in (CONTAINER_E.ID, CONTAINER_E.NAME, CONTAINER_E.IMAGE))
        containers.update_plain(id_, p.uint(CONTAINER_E.TYPE), name, image, num)
        return None
    if p.type != _ASYNC:
        return containers.update(p.text(CONTAINER_JSON_E.JSON), num)
    name, data = p.text(ASYNCEVENT_E.NAME), p.text(ASYNCEVENT_E.DATA)
    if name == CONTAINER_REMOVED:
        info = parse_container(data)  # less than what is known: its processes may still end
        return info and (containers.at(info.id, num) or info)
    if name == RESOURCE:
        containers.pods.update(data, num)
    return containers.update(data, num) if name == CONTAINER else None


def tell_account(accounts: Accounts, p: Params) -> bool:
    """Tell the accounts what an event says of one; False if it is none of those that do."""
    if p.type in (_USER_ADDED, _USER_DELETED):
        user = sn.UserEntry(
            p.uint(USER_ADDED_E.UID),
            p.uint(USER_ADDED_E.GID),
            p.text(USER_ADDED_E.NAME),
            p.text(USER_ADDED_E.HOME),
            p.text(USER_ADDED_E.SHELL),
        )
        container = p.text(USER_ADDED_E.CONTAINER_ID)
        if p.type == _USER_ADDED:
            accounts.add_user(container, user)
        else:
            accounts.remove_user(container, user.uid)
        return True
    if p.type in (_GROUP_ADDED, _GROUP_DELETED):
        group = sn.GroupEntry(p.uint(GROUP_ADDED_E.GID), p.text(GROUP_ADDED_E.NAME))
        container = p.text(GROUP_ADDED_E.CONTAINER_ID)
        if p.type == _GROUP_ADDED:
            accounts.add_group(container, group)
        else:
            accounts.remove_group(container, group.gid)
        return True
    return False
