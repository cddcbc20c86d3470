"""The columns of the table `events`."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError, UsageError
from pysysdig.eventsources import registry
from pysysdig.export.schema import (
    BOOL,
    INT,
    TEXT,
    TEXTS,
    TIME,
    columns,
    find,
    leaves,
    metadata,
    of_source,
    path_of,
    preset,
    wide,
    with_structs,
)
from pysysdig.fields.lookup import is_field, load_fields


def test_names_nest_once() -> None:
    assert path_of("container.image.repository") == "container.image_repository"
    assert path_of("group.gid") == "grp.gid"
    for leaf in leaves().values():
        assert "." not in leaf.name and leaf.name, leaf


def test_every_column_is_a_field() -> None:
    load_fields()
    for leaf in leaves().values():
        assert leaf.field == "evt.arg" or is_field(leaf.field), leaf


def test_structs_stand_together() -> None:
    structs = [leaf.struct for leaf in leaves().values()]
    assert sorted(set(structs), key=structs.index) == ["evt", "thread", "proc", "user", "grp", "container", "k8s", "fd", "fs"]
    assert len([1 for a, b in zip(structs, structs[1:]) if a != b]) == 8


def test_version_1() -> None:
    """The names are an interface: this list only grows."""
    assert [leaf.path for leaf in wide()] == (
        "evt.num evt.rawtime evt.time evt.cpu evt.type evt.dir evt.category evt.res evt.rawres evt.failed evt.latency evt.buflen "
        "evt.is_io_read evt.is_io_write evt.args thread.tid proc.pid proc.ppid proc.vpid proc.sid proc.name proc.exe "
        "proc.exepath proc.cmdline proc.cwd proc.pname proc.pcmdline proc.aname proc.tty proc.pid_ts user.uid user.name "
        "user.loginuid user.loginname grp.gid grp.name container.id container.name container.image container.image_repository "
        "container.type k8s.ns_name k8s.pod_name fd.num fd.type fd.typechar fd.name fd.directory fd.filename "
        "fd.l4proto fd.cip fd.sip fd.cport fd.sport fd.is_server"
    ).split()
    assert metadata("", ("a/b.scap",), calls=True) | {"pysysdig.writer": ""} == {
        "pysysdig.schema": "1",
        "pysysdig.writer": "",
        "pysysdig.form": "calls",
        "pysysdig.filter": "",
        "pysysdig.source": "b.scap",
    }


def test_safe_has_nothing_to_hide() -> None:
    safe = {leaf.path for leaf in preset("safe") or ()}
    assert not safe & {"evt.args", "evt.arg", "evt.buffer", "proc.cmdline", "proc.pcmdline", "proc.args", "proc.env", "proc.cwd"}
    assert "proc.name" in safe


def test_calls_have_no_direction() -> None:
    assert "evt.dir" not in [leaf.path for leaf in columns(["wide"], calls=True)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("proc.name", TEXT), ("evt.num", INT), ("evt.failed", BOOL), ("evt.time", TIME), ("proc.aname", TEXTS),
        ("proc.aname[2]", TEXT), ("evt.arg.name", TEXT), ("proc.env[PATH]", TEXT), ("grp.gid", INT), ("group.gid", INT),
        ("container.image.repository", TEXT), ("container.image_repository", TEXT), ("fd.ips", "addresses"),
    ],
)  # fmt: skip
def test_a_column_is_found_by_field_and_path(name: str, kind: str) -> None:
    leaf, _ = find(name)
    assert (leaf.path, leaf.kind) == (name, kind)


def test_each_once_in_the_order_asked_for() -> None:
    assert [leaf.path for leaf in columns(["fd.name", "evt.num", "fd.name"])] == ["fd.name", "evt.num"]


@pytest.mark.parametrize(("name", "hint"), [("proc.nam", "proc.name"), ("fd.nme", "fd.name"), ("evt.arg.nosuch", "")])
def test_unknown_fields_are_said_with_their_place(name: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        columns([name])
    assert caught.value.index == 0
    assert hint in caught.value.hint


def test_nothing_is_refused() -> None:
    with pytest.raises(UsageError):
        columns([])
    with pytest.raises(UsageError, match="not a field"):
        columns(["nofield"])


def test_sets_of_our_own_come_before_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not load is no matter for them."""

    def broken() -> None:
        raise UsageError("looked for")

    monkeypatch.setattr(registry, "installed", broken)
    assert all(preset(name) for name in ("wide", "rules", "safe"))
    with pytest.raises(UsageError, match="looked for"):
        preset("nosuch")


def test_another_source_of_events() -> None:
    """Its fields are columns called as those of system calls are; what needs an argument is none."""
    known = of_source("k8s_audit")
    assert {leaf.struct for leaf in known.values()} == {"ka", "jevt", "json"}
    assert "ka.uri_param" not in known and known["ka.req_pod_containers_image"].kind == TEXTS
    for leaf in known.values():
        assert "." not in leaf.name and leaf.path == leaf.path.lower() and find(leaf.field)[0] == leaf._replace(path=leaf.field)
        assert find(leaf.path)[0] == leaf
    chosen = [leaf.path for leaf in columns(["k8s_audit"])]
    assert chosen[:4] == ["evt.num", "evt.rawtime", "evt.time", "ka.auditid"] and "json.obj" not in chosen
    assert not any(path in leaves() for path in known)
    assert preset("nosuch") is None and with_structs(["proc"]) == {} == with_structs(["nosuch"])
