"""The bpf() call: machines that have none here, and why the kernel refuses."""

from __future__ import annotations

import errno
import platform

import pytest

from pysysdig.capture import kernel
from pysysdig.capture.kernel import BpfError
from pysysdig.errors import PysysdigError


def test_machines_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc64")
    with pytest.raises(PysysdigError, match="live capture is not available on sparc64"):
        kernel.create_map(kernel.MAP_ARRAY, 4, 4, 1, 0, "m")


def test_the_kernel_says_why() -> None:
    error = BpfError("cannot create the BPF map m", errno.EPERM)
    assert str(error) == "cannot create the BPF map m: Operation not permitted" and error.errno == errno.EPERM


def test_what_cannot_be_is_refused() -> None:
    """By any kernel, whoever asks: maps of no such type, programs that are none."""
    with pytest.raises(BpfError, match="cannot create the BPF map none"):
        kernel.create_map(9999, 4, 4, 1, 0, "none")
    with pytest.raises(BpfError, match="refused the probe's program none"):
        kernel.load_program(b"\xff" * 8, "none")
    with pytest.raises(BpfError, match="cannot update a BPF map"):
        kernel.update_map((1 << 32) - 1, 0, 0)
