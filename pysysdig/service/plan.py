"""An output that a configuration enables, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.alerts.outputs.base import AlertOutput


class Planned(NamedTuple):
    """See the module.

    said     what is said of it: while that is the same, the output at work is kept
    make     makes it; raises UsageError
    network  what it cannot deliver now is kept until it can
    accepts  which alerts it wants, None: all
    kind     what it is, where there can be several
    """

    name: str
    said: object
    make: Callable[[], AlertOutput]
    network: bool = False
    accepts: Callable[[Alert], bool] | None = None
    kind: str = ""
