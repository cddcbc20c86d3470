"""Numbers of the command line: whatever their length, a value or one line that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.numbers import leading_int
from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from tests.conftest import Call

LONG = "9" * 5000
EVERYWHERE = [
    "-n N", "-M N", "-s N", "-w x -C N", "-w x -W N -C 1", "-w x -G N", "-w x -e N", "-B N", "evt.num=N", "evt.num<=0xN",
    "fd.port=N", "fd.net=1.1.1.1/N", "evt.rawres=-N", "fd.ip=N.1.1.1", "evt.buffer bcontains N", "-p %evt.arg[N]",
    "-p %proc.aname[N]", "-p %Nevt.num", "-c topprocs_cpu N", "-c fileslower N", "-c spectrogram N",
    "--rules r -o rules[N].disable.tag=x", "--rules r -o priority=N", "--rules r -o syscall_event_drops.rate=N",
    "--rules r -o syscall_event_drops.max_burst=-N", "--rules N", "-V N", "-i N", "-U N", "--page-size N", "evt.time>N",
    "evt.latency>=N", "fd.num in (N, -N)", "proc.apid[N]=1",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("12", 12), ("12abc", 12), (" +7", 7), ("-3", -3), ("x", None), ("", None), ("007", 7), ("1234567890123", 100),
        (LONG, 100), (f"-{LONG}", -100), ("0" * 5000 + "5", 5),
    ],
)  # fmt: skip
def test_leading_int(text: str, want: int | None) -> None:
    assert leading_int(text, 100) == want


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("arguments", EVERYWHERE)
def test_numbers_of_any_length(
    arguments: str, sign: str, call_cli: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r").write_text("- rule: r\n  desc: d\n  condition: evt.type=getuid\n  output: o\n  priority: INFO\n")
    write_capture(tmp_path / "t.scap", snapshot(process(42, "cat")), [event("SYSCALL_GETUID_X", 10**18, 42, [0])])
    done = call_cli("-r", "t.scap", *(word.replace("N", sign + LONG) for word in arguments.split()))
    assert done.returncode in (0, 1)
    if done.returncode:
        said = done.stdout + done.stderr
        assert said and b"digits" not in said


def test_all_digits_count(call_cli: Call, tmp_path: Path) -> None:
    """The tenth digit was not looked at."""
    events = [event("SYSCALL_GETUID_X", 10**18 + i * 10**9, 42, [0]) for i in range(4)]
    path = write_capture(tmp_path / "t.scap", snapshot(process(42, "cat")), events)
    assert call_cli("-r", path, "-M", "0000000002").stdout.count(b"\n") == 2
    call_cli("-r", path, "-w", tmp_path / "out.scap", "-e", "0000000002")
    assert len(list(tmp_path.iterdir())) == 3
