"""Accounts that appear and go while events are recorded, of the host and of containers."""

from __future__ import annotations

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector


@pytest.mark.parametrize("generation", [OLD, CURRENT])
@pytest.mark.parametrize("container", ["", "aaaabbbbcccc"])
def test_users_and_groups_come_and_go(generation: str, container: str) -> None:
    other = "ddddbbbbcccc"
    inspector = Inspector(snapshot(process(10, "x")), generation)
    accounts = inspector.accounts
    user, group = [5, 6, "joe", "/home/joe", "/bin/sh", container], [6, "staff", container]
    versions = [accounts.version]

    def tell(kind: str) -> None:
        events = [event(f"USER_{kind}_E", 10**18, -1, user), event(f"GROUP_{kind}_E", 10**18, -1, group)]
        inspector.process(batch(events))
        versions.append(accounts.version)

    tell("ADDED")
    joe = accounts.user(5, container)
    assert joe is not None and (joe.uid, joe.gid, joe.name, joe.home, joe.shell) == (5, 6, "joe", "/home/joe", "/bin/sh")
    staff = accounts.group(6, container)
    assert staff is not None and (staff.gid, staff.name) == (6, "staff")
    assert accounts.user(5, other) is None and accounts.group(6, other) is None
    assert accounts.user(6, container) is None and accounts.group(5, container) is None
    tell("DELETED")
    assert accounts.user(5, container) is None and accounts.group(6, container) is None
    assert versions == sorted(set(versions))  # whoever keeps what was looked up learns of each change
