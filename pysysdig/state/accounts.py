"""Users and groups by id, as the stream knows them (docs/reference/state-model.md 6)."""

from __future__ import annotations

from pysysdig.state.snapshot import GroupEntry, Snapshot, UserEntry


class Accounts:
    """`users` and `groups` of the host and of containers: container id -> id -> entry (host: empty container id).

    `version` counts the changes: what was looked up under another version may be stale.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.version = 0
        self.users: dict[str, dict[int, UserEntry]] = {"": {}}
        self.groups: dict[str, dict[int, GroupEntry]] = {"": {}}
        for u in snapshot.users:
            self.users[""].setdefault(u.uid, u)
        for g in snapshot.groups:
            self.groups[""].setdefault(g.gid, g)

    def user(self, uid: int, container: str = "") -> UserEntry | None:
        """The user with this uid in the container (host: empty id), None if unknown."""
        return self.users.get(container, {}).get(uid)

    def group(self, gid: int, container: str = "") -> GroupEntry | None:
        """The group with this gid in the container (host: empty id), None if unknown."""
        return self.groups.get(container, {}).get(gid)

    def add_user(self, container: str, user: UserEntry) -> None:
        """From a useradded event."""
        self.version += 1
        self.users.setdefault(container, {})[user.uid] = user

    def add_group(self, container: str, group: GroupEntry) -> None:
        """From a groupadded event."""
        self.version += 1
        self.groups.setdefault(container, {})[group.gid] = group

    def remove_user(self, container: str, uid: int) -> None:
        """From a userdeleted event."""
        self.version += 1
        self.users.get(container, {}).pop(uid, None)

    def remove_group(self, container: str, gid: int) -> None:
        """From a groupdeleted event."""
        self.version += 1
        self.groups.get(container, {}).pop(gid, None)
