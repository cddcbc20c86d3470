"""Fields that may be used together."""

from __future__ import annotations

from pysysdig.fields.arguments import Argument, index
from pysysdig.fields.catalogue import SYSCALL, Catalogue
from pysysdig.fields.registry import REGISTRY


def test_the_longest_name_counts() -> None:
    found = SYSCALL.match("proc.aname[2]=x")
    assert found is not None and found == (REGISTRY["proc.aname"], Argument(2, 3))
    found = SYSCALL.match("fd.namex")
    assert found is not None and found[0].name == "fd.name"
    assert SYSCALL.match("nothing.there") is None and SYSCALL.match("") is None


def test_fields_of_ones_own() -> None:
    own = Catalogue("own", {"a.b": REGISTRY["fd.name"]}, {"fd.name": index})
    found = own.match("a.b[1]")
    assert found is not None and found[1] == Argument(1, 3) and own.match("fd.name") is None
