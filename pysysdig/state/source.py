"""What views, fields and runs need of whoever knows the state of a section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.accounts import Accounts
    from pysysdig.state.containers import ContainerTable
    from pysysdig.state.context import ContextLog
    from pysysdig.state.history import History
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.tables import Fds, Threads
    from pysysdig.state.tap import Tap
    from pysysdig.state.view import EventView


class StateSource(Protocol):
    """An Inspector, which works out from the events what is true when, or a Playback (trace/playback.py), which is told.

    snapshot             what was known before the first event
    generation           events.table.OLD or CURRENT; current_generation: whether it is CURRENT
    level, with_fds      how much is known (state/levels.py), and whether descriptors are
    first_ts             time of the first event, ns; 0 = there was none so far
    threads, fds         versions, and which was true when
    accounts, containers users and groups; containers
    history              running counters, None: they are not kept
    complete             whether no event is missing, so that all follows from the events
    """

    complete: bool

    generation: str
    level: int
    snapshot: Snapshot
    accounts: Accounts
    threads: Threads
    first_ts: int

    @property
    def current_generation(self) -> bool: ...

    @property
    def with_fds(self) -> bool: ...

    @property
    def fds(self) -> Fds: ...

    @property
    def containers(self) -> ContainerTable: ...

    @property
    def history(self) -> History | None: ...

    def listen(self, tap: Tap, context: ContextLog) -> bool:
        """The tap, which was made for this source, is to go on hearing what changes. True: the context is told, too, what becomes
        known of containers and accounts; False: the events say it, whoever has them feeds it."""

    def beside(self, level: int, generation: str) -> StateSource:
        """Another source of the same recorded state, which is told all that this one is told, for who reads along. Where events
        are missing."""

    def process(self, batch: EventBatch) -> EventView:
        """Take the next batch; what its events see. Raises CaptureError."""
