"""Alerts posted as falcosidekick's JSON. Keys: `address`, `method` (POST or PUT), `customheaders`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Posting, encoded, forwarded
from pysysdig.alerts.outputs.base import Setting

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert


class Output(Posting):
    """See the module."""

    address = "address"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.method = self.choice("method", "POST", "PUT")

    def body(self, alert: Alert) -> bytes:
        return encoded(forwarded(alert))
