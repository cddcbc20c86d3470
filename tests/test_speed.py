"""Whether the native extension is used is decided in one place, by what is there and by one variable."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from pysysdig import speed
from pysysdig.errors import PysysdigError


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A built extension that fits."""
    made = ModuleType("pysysdig._native")
    made.INTERFACE, made.PYTHON = speed.INTERFACE, 0x030B0000  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pysysdig._native", made)
    monkeypatch.setattr("pysysdig._native", made, raising=False)
    monkeypatch.delenv(speed.VARIABLE, raising=False)
    return made


@pytest.mark.parametrize("wish", ["", "1"])
def test_it_is_used_where_it_is_there(wish: str, extension: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(speed.VARIABLE, wish)
    assert speed._load() == (extension, "")


def test_one_does_without_it(extension: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(speed.VARIABLE, "0")
    assert speed._load() == (None, "PYSYSDIG_NATIVE=0")


@pytest.mark.parametrize(
    ("change", "why"), [({"INTERFACE": -1}, "of another version"), ({"PYTHON": 0x03FF0000}, "built by Python 3.255")]
)
def test_one_that_does_not_fit(change: dict[str, int], why: str, extension: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not used; who demands it is told why."""
    vars(extension).update(change)
    found, told = speed._load()
    assert found is None and why in told
    monkeypatch.setenv(speed.VARIABLE, "1")
    with pytest.raises(PysysdigError, match=f"demanded and is {why}"):
        speed._load()


def test_one_that_is_not_built(extension: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysysdig._native", None)
    assert speed._load() == (None, "not built")


def test_wishes_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(speed.VARIABLE, "yes")
    with pytest.raises(PysysdigError, match="it has to be 0 or 1, or not set"):
        speed._load()


def test_what_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "native", None)
    assert speed.describe() == "pure Python"
    speed.keep_memory()
    monkeypatch.setattr(speed, "native", ModuleType("x"))
    assert speed.describe() == "native"
