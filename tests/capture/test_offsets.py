"""The layout of a kernel's structures as C macros."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from pysysdig.capture import offsets
from pysysdig.capture.btf import Place
from pysysdig.capture.offsets import FIELDS, MISSING, OPTIONAL, defines
from pysysdig.errors import PysysdigError


class Kernel:
    """Type information of a kernel that lacks some fields (by macro name: structure.field)."""

    def __init__(self, lacks: Collection[str] = (), functions: Collection[str] = ()) -> None:
        self.lacks, self.functions = lacks, functions

    def field(self, structure: str, name: str) -> Place | None:
        return None if f"{structure}.{name}" in self.lacks else Place(8, 3, 4)

    def size(self, structure: str) -> int | None:
        return 40

    def enum(self, name: str, value: str) -> int | None:
        return None if value in self.lacks else 7

    def number(self, structure: str) -> int | None:
        return 5

    def function(self, name: str) -> int | None:
        return 1 if name in self.functions else None


def macros(kernel: Any) -> dict[str, str]:
    lines = [line.split(" ", 2)[1:] for line in defines(kernel).splitlines()]
    return {line[0]: line[1] if len(line) > 1 else "" for line in lines}


def test_every_field_has_its_place() -> None:
    found = macros(Kernel())
    assert all(found[f"OFF_{entry.partition('=')[0].replace('.', '_')}"] == "8" for entry in FIELDS)
    assert found["BIT_signal_struct_has_child_subreaper"] == "3" and found["SIZE_inode"] == "40"
    assert found["CGROUP_cpu"] == "7" and "TYPED" not in found


def test_names_that_differ_between_kernels() -> None:
    """The newest that is there counts."""
    found = macros(Kernel(["inode.i_ctime_sec", "kernfs_node.__parent"]))
    assert found["OFF_inode_ctime_sec"] == "8" and found["OFF_kernfs_node_parent"] == "8"


def test_what_may_be_missing() -> None:
    assert OPTIONAL and macros(Kernel(["task_struct.loginuid"]))["OFF_task_struct_loginuid"] == str(MISSING)
    with pytest.raises(PysysdigError, match="lacks file.f_mode, dentry.d_name"):
        defines(Kernel(["file.f_mode", "dentry.d_name"]))  # type: ignore[arg-type]


def test_iterators_where_the_kernel_has_all_that_they_need() -> None:
    functions = set(offsets.ITERATORS.values())
    new = {"mm_rss_stat.count"}  # until 6.2 memory was counted otherwise
    found = macros(Kernel(new, functions))
    assert "ITERATORS" in found and all(found[f"OFF_{entry.replace('.', '_')}"] == "8" for entry in offsets.ITERATED)
    assert set(offsets.iterators(Kernel(new, functions))) == set(offsets.ITERATORS)  # type: ignore[arg-type]
    for lacking in (
        Kernel((), functions),
        Kernel({*new, "mount.mnt_id"}, functions),
        Kernel(new, list(functions)[:1]),
        Kernel(new),
    ):
        assert "ITERATORS" not in macros(lacking) and not offsets.iterators(lacking)  # type: ignore[arg-type]


def test_types_where_the_kernel_checks_them() -> None:
    found = macros(Kernel(functions=[offsets.CAST]))
    assert "COUNTED" not in found and "COUNTED" in macros(Kernel(functions=offsets.COUNT))
    assert "TYPED" in found and all(found[f"TYPE_{name}"] == "5" for name in offsets.TYPED)
