"""The values that a field can have."""

from __future__ import annotations

import pytest

from pysysdig.fields.choices import choices


@pytest.mark.parametrize(
    ("name", "some", "never"),
    [
        ("evt.type", {"openat", "execve", "switch"}, {"NA", ""}),
        ("evt.dir", {"<", ">"}, set()),
        ("fd.type", {"file", "ipv4"}, {"<NA>"}),
        ("evt.res", {"SUCCESS", "ENOENT"}, set()),
        ("container.type", {"host", "docker"}, set()),
        ("proc.is_exe_writable", {"true", "false"}, set()),
        ("syslog.severity.str", {"emerg", "debug"}, set()),
    ],
)
def test_fields_with_few_values(name: str, some: set[str], never: set[str]) -> None:
    found = choices(name)
    assert some <= set(found) and not never & set(found) and found == sorted(set(found))


@pytest.mark.parametrize("name", ["proc.name", "no.such.field"])
def test_fields_that_can_be_anything(name: str) -> None:
    assert choices(name) == []
