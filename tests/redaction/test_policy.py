"""Policies: which there are, and what is wrong with others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.fields.registry import REGISTRY
from pysysdig.redaction.policy import DEFAULT, KEEP, SUBJECTS, read_key, read_policy


def test_the_default_hides_whatever_can_carry_anything() -> None:
    assert read_policy("default") is DEFAULT
    assert all(DEFAULT[name] not in subject.carries for name, subject in SUBJECTS.items())
    assert json.loads(DEFAULT.text()) == DEFAULT.actions


def test_subjects_are_fields_with_actions_of_their_own() -> None:
    for name, subject in SUBJECTS.items():
        assert name in REGISTRY and subject.default in subject.actions and set(subject.carries) <= set(subject.actions)


def test_what_is_not_named_is_as_by_default(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("proc.name: hash\nfd.ip: net64\n")
    assert read_policy(str(path)).actions == {**DEFAULT.actions, "proc.name": "hash", "fd.ip": "net64"}


def test_all_may_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("".join(f"{name}: keep\n" for name in SUBJECTS))
    assert set(read_policy(str(path)).actions.values()) == {KEEP}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fd.ip: hash", "{}:1: fd.ip: hash: there are keep, net24, net64, drop"),
        (
            "proc.name: keep\nproc.cmdline: hash",
            "{}:2: proc.cmdline cannot be treated everywhere it occurs: it is made of others",
        ),
        ("container.id: hash", "{}:1: container.id cannot be treated everywhere it occurs: ids of containers stand in paths"),
        ("proc.pid: drop", "{}:1: proc.pid cannot be treated everywhere it occurs: numbers, ids and times are kept"),
        ("fd.filename: hash", "{}:1: fd.filename cannot be treated everywhere it occurs: it is a part of a name or an address"),
        ("no.such: hash", "{}:1: no.such cannot be treated everywhere it occurs: there is no such field"),
        ("fd.ip: drop\nproc.args: keep", "{}:2: proc.args: keep: values of "),
        ("fd.name: keep-directory", "{}:1: fd.name: keep-directory: values of evt.hostname (hash) may stand there"),
        ("proc.name: hash\nproc.name: drop", "{}:2: proc.name has a rule already"),
        ("- proc.name", "{}: a policy maps fields to actions"),
        ("", "{}: a policy maps fields to actions"),
        ("proc.name: [hash]", "{}:1: a field and an action are wanted"),
        ("proc.name: {", "{}:1:13: no YAML"),
        ("!!python/object:os.system {}: x", "{}:1: a field and an action are wanted"),
    ],
)
def test_refused_in_one_line_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_policy(str(path))
    assert str(error.value).startswith("--redact " + message.replace("{}", str(path))) and "\n" not in str(error.value)


def test_no_file() -> None:
    with pytest.raises(UsageError, match=r"^--redact nosuch.yaml: cannot be read: .*default"):
        read_policy("nosuch.yaml")


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"0123456789abcdef\n")
    assert read_key(str(path)) == b"0123456789abcdef"
    assert read_key("") != read_key("")
    path.write_bytes(b"short")
    with pytest.raises(UsageError, match="at least 16 bytes"):
        read_key(str(path))
    with pytest.raises(UsageError, match="cannot be read"):
        read_key(str(tmp_path / "none"))
