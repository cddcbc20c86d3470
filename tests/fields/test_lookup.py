"""Field references and their arguments."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.catalogue import SYSCALL
from pysysdig.fields.lookup import MODULES, is_field, load_fields, longest_prefix, lookup, parameter_type
from pysysdig.fields.registry import REGISTRY

FOUND = [
    ("proc.name", "proc.name", None),
    ("proc.aname", "proc.aname", None),
    ("proc.aname[2]", "proc.aname", 2),
    ("proc.env[PATH]", "proc.env", "PATH"),
    ("proc.env[12]", "proc.env", 12),
    ("proc.env[]", "proc.env", None),
    ("thread.cgroup.cpu", "thread.cgroup", "cpu"),
    ("thread.cgroups", "thread.cgroups", None),
    ("evt.arg.name", "evt.arg", "name"),
    ("evt.arg[0]", "evt.arg", 0),
    ("evt.args", "evt.args", None),
    ("evt.rawarg.res", "evt.rawarg", "res"),
    ("evt.type.is.openat", "evt.type.is", "openat"),
    ("evt.type.is.307", "evt.type.is", 307),
    ("fd.types", "fd.types", None),
    ("fd.types[3]", "fd.types", 3),
    ("evt.abspath", "evt.abspath", None),
    ("evt.abspath.dst", "evt.abspath", "dst"),
    ("evt.around[5]", "evt.around", 5),
    ("container.mount[/a/b]", "container.mount", "/a/b"),
    ("container.mounts", "container.mounts", None),
    ("container.mount.source[1]", "container.mount.source", 1),
    ("k8s.pod.label.a-b/c", "k8s.pod.label", "a-b/c"),
    ("k8s.pod.label[x]", "k8s.pod.label", "x"),
    ("k8s.pod.labels", "k8s.pod.labels", None),
    ("proc.args[1]", "proc.args", 1),
    ("evt.time.s", "evt.time.s", None),
    ("container.label[1]", "container.label", "1"),
]


@pytest.mark.parametrize(("text", "name", "arg"), FOUND)
def test_lookup(text: str, name: str, arg: int | str | None) -> None:
    ref = lookup(text)
    assert (ref.field.name, ref.arg, ref.text) == (name, arg, text)
    assert type(ref.arg) is type(arg)
    assert is_field(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "proc",
        "proc.namex",
        "proc.name[1]",
        "evt.arg",
        "evt.arg.namex",
        "thread.cgroup",
        "proc.aname[x]",
        "proc.aname[1",
        "evt.type.is.x",
    ],
)
def test_not_fields(text: str) -> None:
    assert not is_field(text)
    with pytest.raises(FilterError) as info:
        lookup(text)
    assert info.value.index == 0


@pytest.mark.parametrize(
    ("text", "name", "arg", "length"),
    [
        ("evt.numX", "evt.num", None, 7),
        ("evt.timexyz", "evt.time", None, 8),
        ("evt.time.so", "evt.time.s", None, 10),
        ("proc.aname[2]!", "proc.aname", 2, 13),
        ("proc.aname x", "proc.aname", None, 10),
        ("proc.name[2]", "proc.name", None, 9),
        ("evt.arg.names", "evt.arg", "name", 12),
        ("evt.arg.fd=%x", "evt.arg", "fd", 10),
        ("evt.arg[12])", "evt.arg", 12, 11),
        ("evt.args.x", "evt.args", None, 8),
        ("thread.cgroup.cpu_x.y", "thread.cgroup", "cpu_x", 19),
        ("proc.env[A B]c", "proc.env", "A B", 13),
        ("evt.abspath.srcx", "evt.abspath", "src", 15),
    ],
)
def test_longest_prefix(text: str, name: str, arg: int | str | None, length: int) -> None:
    ref, consumed = longest_prefix(text)
    assert (ref.field.name, ref.arg, consumed, ref.text) == (name, arg, length, text[:length])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nosuch.field x", "invalid formatting token nosuch.field x"),
        ("evt.arg.nosuch", "unknown event argument nosuch"),
        ("evt.arg x", "filter syntax error: evt.arg x"),
        ("fd.ip", "fd.ip is filter only and cannot be used as a display field"),
        ("evt.around[5]", r"evt.around\[5\] is filter only"),
        ("proc.aname[2", "the field 'proc.aname' requires an argument but ']' is not found"),
    ],
)
def test_bad_formats(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        longest_prefix(text)


def test_hints() -> None:
    with pytest.raises(FilterError) as info:
        lookup("proc.nmae")
    assert "proc.name" in info.value.hint
    with pytest.raises(FilterError) as info:
        lookup("okta.actor.id")
    assert "plugin 'okta'" in info.value.hint
    with pytest.raises(FilterError) as info:
        lookup("ka.vreb")
    assert "ka.verb" in info.value.hint
    with pytest.raises(FilterError) as info:
        lookup("ka.verb", catalogue=SYSCALL)
    assert "source: k8s_audit" in info.value.hint
    with pytest.raises(FormatError) as format_info:
        longest_prefix("evt.tpye %evt.num")
    assert "evt.type" in format_info.value.hint


def test_parameter_type() -> None:
    for generation in (OLD, CURRENT):
        assert parameter_type("res", generation) == "ERRNO"
    with pytest.raises(KeyError):
        parameter_type("nosuch", OLD)


def test_the_modules_of_a_class_of_fields_are_named() -> None:
    """A field is implemented by one of the modules that are imported for its first word."""
    load_fields()
    for name, field in REGISTRY.items():
        for function in (field.get, field.show):
            if function is not None:
                assert function.__module__.rpartition(".")[2] in MODULES[name.partition(".")[0]], name


@pytest.mark.parametrize("find", ["lookup", "longest_prefix"])
def test_who_looks_a_field_up_has_what_implements_it(find: str) -> None:
    """In a process that has not loaded the others."""
    code = f"""
from pysysdig.fields.lookup import {find}
import sys
found = {find}("fd.name")
ref = found[0] if isinstance(found, tuple) else found
assert ref.field.get is not None and ref.field.needs
assert not [name for name in ("user", "container", "k8s", "k8smeta") if "pysysdig.fields." + name in sys.modules]
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
