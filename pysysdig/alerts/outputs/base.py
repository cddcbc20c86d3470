"""What all outputs have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import UsageError
from pysysdig.rules.config_tree import at, boolean, text

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.output.stream import Output


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

    def flag(self, key: str, default: bool = False) -> bool:
        """A true or false key of the section."""
        return boolean(self.section, key, default)


class AlertOutput:
    """Base of all outputs. What an output raises (OSError, PysysdigError) is said once and ends nothing.

    reads_fields   it uses the `fields` of alerts, which are not worked out otherwise unless lines are JSON
    path           the file that it writes; "": none
    """

    reads_fields: bool = False
    path: str = ""

    def __init__(self, setting: Setting) -> None:
        """Opens nothing yet; raises UsageError."""

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        """Alerts as they come, and each of them as the line (byte text) that the configuration makes of it."""
        raise NotImplementedError

    def close(self) -> None:
        """The run is over."""
