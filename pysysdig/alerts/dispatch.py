"""From alerts to all outputs that the configuration enables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from pysysdig.alerts.format import AlertFormat
from pysysdig.alerts.outputs import MISSING, OUTPUTS
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError
from pysysdig.output.terminal import escaped
from pysysdig.rules.config_tree import boolean

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.output.stream import Output
    from pysysdig.rules.config import RuleConfig


class Outputs(Protocol):
    """Where alerts go.

    reads_fields   whether an output uses the fields of alerts
    paths          the files that outputs write
    failed         whether one has failed
    """

    @property
    def reads_fields(self) -> bool: ...

    @property
    def paths(self) -> list[str]: ...

    @property
    def failed(self) -> bool: ...

    def send(self, alerts: Sequence[Alert]) -> None:
        """Alerts, in order."""

    def close(self) -> None:
        """The run is over."""


class Dispatcher:
    """The outputs. One that fails is named once on standard error, and tried again with the next alerts; the others and the run
    go on. Only where standard output is all there is, its failure ends the run, as there is nobody left to hear.

    failed   whether one has failed
    """

    def __init__(self, config: RuleConfig, out: Output) -> None:
        """`out` is standard output. Says which outputs there are not. Raises UsageError."""
        self._format = AlertFormat(config)
        self._outputs: dict[str, AlertOutput] = {}
        for row in OUTPUTS:
            section = config.section(f"{row.name}_output")
            if boolean(section, "enabled", row.default):
                made: AlertOutput = import_module(row.module).Output(Setting(row.name, section, out, config.json_output))
                self._outputs[row.name] = made
        self._said: set[str] = set()
        missing = [f"{name}_output" for name in MISSING if boolean(config.section(f"{name}_output"), "enabled", False)]
        if missing:
            sys.stderr.write(f"pysysdig: alerts do not go to {', '.join(missing)}: not supported\n")

    @property
    def reads_fields(self) -> bool:
        """Whether an output uses the fields of alerts."""
        return any(output.reads_fields for output in self._outputs.values())

    @property
    def paths(self) -> list[str]:
        """The files that outputs write."""
        return [output.path for output in self._outputs.values() if output.path]

    @property
    def failed(self) -> bool:
        """Whether an output has failed."""
        return bool(self._said)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Alerts, in order. Raises BrokenPipeError and OutputError for standard output if there is no other output."""
        if not self._outputs or not alerts:
            return
        lines = self._format.lines(alerts)
        for name, output in list(self._outputs.items()):
            self._try(name, lambda output=output: output.send(alerts, lines))  # type: ignore[misc]

    def close(self) -> None:
        """The run is over: files are closed, programs end."""
        for name, output in self._outputs.items():
            self._try(name, output.close)

    def _try(self, name: str, do: Callable[[], None]) -> None:
        try:
            do()
        except BrokenPipeError:
            if len(self._outputs) == 1:
                raise
            del self._outputs[name]  # nobody reads it any more
        except (PysysdigError, OSError) as error:
            if name == "stdout" and len(self._outputs) == 1:
                raise
            if name not in self._said:
                self._said.add(name)
                sys.stderr.write(escaped(f"{error}\n"))
