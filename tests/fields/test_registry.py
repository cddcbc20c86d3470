"""Fields and their uses: what is attached to a name, what a use keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pysysdig.events.column import encoded
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import REGISTRY, Field, FieldRef, display, field
from pysysdig.render.options import RenderOptions
from pysysdig.state.levels import EVENT, FD
from tests.fields.asked import READS, file_view


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """A field that no function is attached to."""
    made = Field("x.y", "x", "", "", (), {"current_libs": ("CHARBUF", "NA", ["IS_LIST"])})
    monkeypatch.setitem(REGISTRY, "x.y", made)
    yield made


def test_a_field_without_a_function_has_no_value(untold: Field) -> None:
    ref = FieldRef(untold, None, "x.y")
    assert untold.is_list and untold.needs == EVENT
    assert ref.column(file_view(*READS), np.array([0, 1])).tolist() == ref.shown(file_view(*READS), np.array([0])).tolist() * 2


def test_what_is_attached(untold: Field) -> None:
    """The second function is for display alone."""

    @field("x.y", needs=FD)
    def get(view: Any, sel: Any, ref: FieldRef) -> Any:
        return encoded([f"{ref.arg}{i}" for i in sel.tolist()])

    view, ref = file_view(*READS), FieldRef(untold, "a", "x.y[a]")
    assert ref.column(view, np.array([1])).tolist() == ref.shown(view, np.array([1])).tolist() == ["a1"] and untold.needs == FD
    display("x.y")(lambda view, sel, ref: encoded(["shown"] * len(sel)))
    assert ref.column(view, np.array([1])).tolist() == ["a1"] and ref.shown(view, np.array([1])).tolist() == ["shown"]


@pytest.mark.parametrize("attach", [field, display])
def test_names_that_the_table_does_not_know(attach: object) -> None:
    with pytest.raises(KeyError):
        attach("no.such")(lambda view, sel, ref: encoded([]))  # type: ignore[operator]


def test_a_use_rendered_in_another_way_keeps_what_it_knows() -> None:
    ref = lookup("evt.deltatime")
    other = ref.rendered(RenderOptions(json=True))
    ref.state["ts"] = 5
    assert other.state is ref.state and other.options.json and not ref.options.json and other.refs == (other,)
