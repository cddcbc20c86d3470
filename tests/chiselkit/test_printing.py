"""What chisels print: safe for terminals, byte for byte elsewhere, not held for ever."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.chisel import Batch, Chisel, Event, RunInfo
from tests.chiselkit.callbacks import Run


def test_lines_of_a_batch_are_safe_for_terminals() -> None:
    class Raw(Chisel):
        pass

    info = RunInfo()
    info.terminal = True
    lines = [b"a\xff\x07b", "caf\u00e9\x1b[31m\n", None, b"\xc3", b"\xa9"]
    one, many = Raw(info), Raw(info)
    for line in lines:
        if line is not None:
            one.print(line)
    many.print_lines(Batch(None, np.arange(5), {}), lines)  # type: ignore[arg-type]
    assert "".join(text for _, text in many.out.waiting) == "".join(text for _, text in one.out.waiting)


def test_output_does_not_wait_for_ever(run_chisels: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.chiselkit.printing._MAX_WAITING", 100)
    most = 0

    class Endless(Chisel):
        def on_event(self, event: Event) -> None:
            nonlocal most
            for i in range(250):
                self.print(i)
                most = max(most, len(self.out.waiting))
            raise SystemExit("enough")

    run = run_chisels(Endless)
    assert run.printed == "".join(f"{i}\n" for i in range(250)) and most < 100
    assert "chisel Endless failed: SystemExit: enough" in run.said


@pytest.mark.parametrize(
    ("as_json", "want"), [(False, "\x1b[31mred\x1b[0m\\x1b[2J\\x07\n"), (True, "\\u001b[31mred\\u001b[0m\\u001b[2J\\u0007\n")]
)
def test_what_chisels_print_is_safe_on_terminals(as_json: bool, want: str) -> None:
    run = RunInfo()
    run.terminal, run.json = True, as_json
    chisel = Chisel(run)
    chisel.print("\x1b[31mred\x1b[0m\x1b[2J\x07")
    assert "".join(line for _, line in chisel.out.waiting) == want


def test_bytes_come_out_as_they_came_in() -> None:
    chisel = Chisel()
    chisel.print("\udcff", "ä", b"\x00\xfe")
    chisel.write(b"\x80")
    assert "".join(line for _, line in chisel.out.waiting).encode("latin-1") == b"\xff \xc3\xa4 \x00\xfe\n\x80"
