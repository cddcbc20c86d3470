"""The words of --fields."""

from pysysdig.cli.export_options import names


def test_names() -> None:
    assert names(" a.b, c.d,,wide ") == ("a.b", "c.d", "wide")
