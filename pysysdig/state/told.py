"""What events made in user space tell of accounts and containers (docs/reference/state-model.md): for handlers, and for replays
of our own traces, which have none. The places of their parameters are named as in state/parameters.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.events.table import TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state.accounts import Accounts
from pysysdig.state.containers import CONTAINER, CONTAINER_REMOVED, RESOURCE, parse_container
from pysysdig.state.raw import Params

if TYPE_CHECKING:
    from pysysdig.state.containers import ContainerInfo, ContainerTable

_CONTAINER, _ASYNC = TYPES["CONTAINER_E"], TYPES["ASYNCEVENT_E"]
_USER_ADDED, _USER_DELETED = TYPES["USER_ADDED_E"], TYPES["USER_DELETED_E"]
_GROUP_ADDED, _GROUP_DELETED = TYPES["GROUP_ADDED_E"], TYPES["GROUP_DELETED_E"]


class CONTAINER_E:
    ID, TYPE, NAME, IMAGE = range(4)


class CONTAINER_JSON_E:
    JSON = 0


class ASYNCEVENT_E:
    PLUGIN_ID, NAME, DATA = range(3)


class USER_ADDED_E:
    """useradded, userdeleted."""

    UID, GID, NAME, HOME, SHELL, CONTAINER_ID = range(6)


class GROUP_ADDED_E:
    """groupadded, groupdeleted."""

    GID, NAME, CONTAINER_ID = range(3)


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
