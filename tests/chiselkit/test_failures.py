"""Why a chisel has failed, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.chiselkit.events import UndeclaredField
from pysysdig.chiselkit.failures import explained
from pysysdig.errors import ChiselError


def raised(source: str, path: Path, **names: object) -> BaseException:
    path.write_text(source)
    try:
        exec(compile(source, str(path), "exec"), dict(names))
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_where_it_happened(tmp_path: Path) -> None:
    path = tmp_path / "c.py"
    assert explained(raised("x = 1\n1 / 0\n", path)) == f"ZeroDivisionError: division by zero ({path}:2)"
    assert "\n" not in explained(raised("raise ValueError('a\\nb')\n", path))


def test_errors_for_users_are_what_they_say() -> None:
    assert explained(ChiselError("no such file")) == "no such file"


def test_fields_that_are_not_declared_are_named_together(tmp_path: Path) -> None:
    """All that the file reads, so that they can be mended at once."""
    source = "def f(event):\n    event['a.b']\n    event.get('c.d')\nraise Undeclared('a.b')\n"
    told = explained(raised(source, tmp_path / "c.py", Undeclared=UndeclaredField), ["x.y"])
    assert "a.b" in told and "c.py" in told and "\n" not in told


@pytest.mark.parametrize("error", [KeyError(), RuntimeError("boom")])
def test_errors_without_a_place(error: Exception) -> None:
    assert explained(error) == type(error).__name__ + (": boom" if str(error) else "")
