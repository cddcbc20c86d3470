"""What all outputs have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.rules.config_tree import at, boolean, text

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.output.stream import Output


class Refused(PysysdigError):
    """These alerts will never be taken: there is no use in trying again."""


class Setting(NamedTuple):
    """What an output is made from.

    name     of the output
    section  what the configuration says of it, as a tree
    out      standard output
    json     lines are JSON
    """

    name: str
    section: dict[str, Any]
    out: Output
    json: bool

    def required(self, key: str) -> str:
        """The text of a key of the section; UsageError if it is not there."""
        value = text(at(self.section, key))
        if not value:
            raise UsageError(f"configuration: {self.name} output enabled but no {key} in configuration block")
        return value

    def text(self, key: str, default: str = "") -> str:
        """The text of a key of the section."""
        return text(at(self.section, key)) or default

    def number(self, key: str, default: float) -> float:
        """A number of the section that is not negative; UsageError if it is none."""
        value = text(at(self.section, key))
        try:
            number = float(value) if value else default
        except ValueError:
            number = -1.0
        if not 0 <= number < math.inf:
            raise UsageError(f"configuration: {self.name}: {key} is {value}, not a number")
        return number

    def flag(self, key: str, default: bool = False) -> bool:
        """A true or false key of the section."""
        return boolean(self.section, key, default)


class AlertOutput:
    """Base of all outputs. What an output raises (OSError, PysysdigError) is said once and ends nothing.

    reads_fields   it uses the `fields` of alerts, which are not worked out otherwise unless lines are JSON
    path           the file that it writes; "": none
    one_by_one     who delivers through queues is to give it one alert at a time, for it may fail in the middle of several
    """

    reads_fields: bool = False
    path: str = ""
    one_by_one: bool = False

    def __init__(self, setting: Setting) -> None:
        """Opens nothing yet; raises UsageError."""

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        """Alerts as they come, and each of them as the line (byte text) that the configuration makes of it."""
        raise NotImplementedError

    def reopen(self) -> None:
        """What it writes to may have been moved away: it is opened anew."""

    def close(self) -> None:
        """The run is over."""
