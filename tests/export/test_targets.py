"""Where tables go, by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.export.files import TableFile
from pysysdig.export.series import Series
from pysysdig.export.targets import taken, target
from pysysdig.sources.files import Rotation


def test_what_they_take() -> None:
    assert taken("x.csv") == taken("kafka://a/t") == (False, False)
    assert taken("x.parquet") == (True, False)
    assert taken("x.arrow") == taken("kafka://a/t?format=arrow") == (True, True)
    for name in ("x.foo", "kafka://a"):
        with pytest.raises(UsageError):
            taken(name)


def test_files_and_series(tmp_path: Path) -> None:
    path = str(tmp_path / "x.csv")
    with (
        target(path, ["a"]) as one,
        target(path, ["a"], Rotation(files=3)) as also,
        target(path, ["a"], Rotation(size=1)) as many,
    ):
        assert isinstance(one, TableFile) and isinstance(also, TableFile) and isinstance(many, Series)
    assert list(tmp_path.iterdir()) == []
