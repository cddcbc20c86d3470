"""What events tell of accounts and containers, in each of their forms, without a machine whose state it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.state.accounts import Accounts
from pysysdig.state.build import snapshot
from pysysdig.state.containers import ContainerTable
from pysysdig.state.inspector import Inspector
from pysysdig.state.raw import Params, decode
from pysysdig.state.told import tell_account, tell_container

BOX = "aaaabbbbcccc"
TOLD = json.dumps({"container": {"id": BOX, "name": "box", "type": 0}})


def parameters(kind: str, *values: Any) -> Params:
    one = batch([event(kind, 1, 1, list(values))])
    return decode(one.buf.data, int(one.off[0]))


@pytest.mark.parametrize(
    "values", [("CONTAINER_JSON_E", TOLD), ("CONTAINER_JSON_2_E", TOLD), ("ASYNCEVENT_E", 0, "container", TOLD.encode())]
)
def test_containers(values: tuple[Any, ...]) -> None:
    containers: ContainerTable = Inspector(snapshot(), OLD).containers
    info = tell_container(containers, parameters(*values), 5)
    assert info is not None
    assert (info.id, info.name) == (BOX, "box")
    assert containers.at(BOX, 5) == info


def test_a_container_that_is_removed_stays_known() -> None:
    containers = Inspector(snapshot(), OLD).containers
    known = tell_container(containers, parameters("CONTAINER_JSON_E", TOLD), 5)
    less = json.dumps({"container": {"id": BOX}}).encode()
    assert tell_container(containers, parameters("ASYNCEVENT_E", 0, "container_removed", less), 6) == known
    assert tell_container(containers, parameters("ASYNCEVENT_E", 0, "something", TOLD.encode()), 7) is None
    assert containers.at(BOX, 7) == known


def test_the_oldest_form() -> None:
    containers = Inspector(snapshot(), OLD).containers
    assert tell_container(containers, parameters("CONTAINER_E", BOX, 0, "box", "img"), 5) is None
    info = containers.at(BOX, 5)
    assert info is not None
    assert info.name == "box"


def test_accounts() -> None:
    accounts: Accounts = Inspector(snapshot(), OLD).accounts
    assert tell_account(accounts, parameters("USER_ADDED_E", 77, 78, "ada", "/home/ada", "/bin/sh", ""))
    assert tell_account(accounts, parameters("GROUP_ADDED_E", 78, "ladies", ""))
    user, group = accounts.user(77, ""), accounts.group(78, "")
    assert user is not None
    assert group is not None
    assert (user.name, user.gid, user.home, user.shell, group.name) == ("ada", 78, "/home/ada", "/bin/sh", "ladies")
    assert tell_account(accounts, parameters("USER_DELETED_E", 77, 78, "ada", "/home/ada", "/bin/sh", ""))
    assert tell_account(accounts, parameters("GROUP_DELETED_E", 78, "ladies", ""))
    assert accounts.user(77, "") is None
    assert accounts.group(78, "") is None
    assert not tell_account(accounts, parameters("CONTAINER_JSON_E", TOLD))
