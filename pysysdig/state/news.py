"""Handlers of events made in user space, which tell of accounts and containers (docs/reference/state-model.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.told import tell_account, tell_container

if TYPE_CHECKING:
    from pysysdig.state.threads import ThreadInfo


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
