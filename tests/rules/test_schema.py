"""What in a rule file does not fit the schema."""

from __future__ import annotations

import pytest

from pysysdig.rules import yamldoc
from pysysdig.rules.schema import deviations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- list: l\n  items: [1, a]", []),
        (
            "- rule: r\n  enabled: yes",
            ["[0][enabled]: Value type not permitted by 'type' constraint.", "[0]: Failed to validate against schema", "item #0"],
        ),
        ("- {list: l, items: [[a]]}", ["[0][items][0]: Value type", "child schema #0", "[0][items][0]: Value type"]),
        ("- {rule: r, override: {}}", ["[0][override]: Object should have no fewer than 1 properties."]),
        ("- {rule: r, exceptions: [{fields: a}]}", ["[0][exceptions][0]: Missing required property 'name'."]),
        ("- x", ["[0]: Value type not permitted by 'type' constraint.", ": Failed to validate item #0 in array."]),
    ],
)
def test_schema(text: str, found: list[str]) -> None:
    shown = [d for root in yamldoc.Document(text.encode()).read() for d in deviations(root)]
    assert bool(shown) == bool(found)
    for part, line in zip(found, shown):
        assert part in line
