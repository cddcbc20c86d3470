"""`--test-outputs`: a test alert to each output, and what came back."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.model import INTERNAL, Alert, host_name
from pysysdig.errors import PysysdigError
from pysysdig.rules.model import PRIORITIES
from pysysdig.service.delivery import planned

if TYPE_CHECKING:
    from pysysdig.service.config import ServiceConfig


def alert() -> Alert:
    """falcosidekick's test alert; no output is spared it, whatever it wants."""
    fields = {"proc.name": "falcosidekick", "user.name": "falcosidekick"}
    debug = PRIORITIES.index("Debug")
    text = "This is a test from pysysdig"
    return Alert(time.time_ns(), debug, "Test rule", INTERNAL, ("example", "test"), host_name(), text, fields, str(uuid.uuid4()))


def outputs(config: ServiceConfig) -> list[tuple[str, str]]:
    """(name, what went wrong) for each output, "" if nothing did."""
    sent = [alert()]
    lines = AlertFormat(config.rules).lines(sent)
    out = []
    for plan in planned(config):
        wrong = ""
        try:
            output = plan.make()
            try:
                output.send(sent, lines)
            finally:
                output.close()
        except (PysysdigError, OSError) as error:
            wrong = str(error) or type(error).__name__
        out.append((plan.name, wrong))
    return out
