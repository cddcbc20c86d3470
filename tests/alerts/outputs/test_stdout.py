"""Alerts on standard output: as they are, but for a terminal."""

from __future__ import annotations

import pytest

from pysysdig.alerts.outputs.base import Setting
from pysysdig.alerts.outputs.stdout import Output


class Shown:
    """Standard output that keeps what is written."""

    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


@pytest.mark.parametrize(
    ("terminal", "json", "line", "shown"),
    [
        (False, False, "a\x1b[2J\n", "a\x1b[2J\n"),
        (True, False, "a\x1b[2J\n", "a\\x1b[2J\n"),
        (True, True, '{"a":"\x1b"}\n', '{"a":"\\u001b"}\n'),
    ],
)
def test_what_could_run_commands_of_a_terminal(terminal: bool, json: bool, line: str, shown: str) -> None:
    out = Shown(terminal)
    Output(Setting("stdout", {}, out, json)).send([], [line, line])  # type: ignore[arg-type]
    assert out.text == shown * 2
