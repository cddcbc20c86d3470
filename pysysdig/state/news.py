"""What events made in user space tell of accounts and containers (docs/reference/state-model.md)."""

from __future__ import annotations

import numpy as np

from pysysdig.events.table import TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo


class NewsHandlers(Handlers):
    """Handlers of these events."""

    @on("CONTAINER_JSON_E", "CONTAINER_JSON_2_E")
    def on_container(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """What a container engine told about a container: the event shows it as its thread. One that an engine did not know
        is not shown by the libraries of the time."""
        info = self.machine.containers.update(p.text(0), self.machine.num)
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
        self.machine.containers.update_plain(p.text(0), p.uint(1), p.text(2), p.text(3), self.machine.num)

    @on("USER_ADDED_E", "USER_DELETED_E")
    def on_user(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """useradded, userdeleted."""
        if p.type == TYPES["USER_ADDED_E"]:
            self.machine.accounts.add_user(p.text(5), sn.UserEntry(p.uint(0), p.uint(1), p.text(2), p.text(3), p.text(4)))
        else:
            self.machine.accounts.remove_user(p.text(5), p.uint(0))

    @on("GROUP_ADDED_E", "GROUP_DELETED_E")
    def on_group(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """groupadded, groupdeleted."""
        if p.type == TYPES["GROUP_ADDED_E"]:
            self.machine.accounts.add_group(p.text(2), sn.GroupEntry(p.uint(0), p.text(1)))
        else:
            self.machine.accounts.remove_group(p.text(2), p.uint(0))
