"""What Sigma's fields are here."""

from __future__ import annotations

import pytest

from pysysdig.events.table import CURRENT
from pysysdig.fields.lookup import lookup
from pysysdig.filter import compile_filter
from pysysdig.rules.output_format import OutputFormat
from pysysdig.workbench.sigma.fields import CATEGORIES


@pytest.mark.parametrize("name", CATEGORIES)
def test_fields_conditions_and_outputs_are_there(name: str) -> None:
    category = CATEGORIES[name]
    compile_filter(category.condition, CURRENT)
    assert len(OutputFormat(category.output, CURRENT).names) >= 4
    for here in category.fields.values():
        field = lookup(here.name, CURRENT).field
        assert (field.type in ("CHARBUF", "FSPATH")) == here.text, here
