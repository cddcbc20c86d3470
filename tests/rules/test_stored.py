"""Rules that are kept from one run to the next: the same as loaded ones, and nothing that somebody else could have written."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import cache
from pysysdig.events.table import CURRENT, OLD
from pysysdig.filter import parse
from pysysdig.filter.ast import walk
from pysysdig.filter.unparse import to_text
from pysysdig.rules import stored
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.engine_outline import outlines
from pysysdig.rules.load import load_rules
from pysysdig.rules.model import Rule
from pysysdig.state.levels import EVENT, FD
from tests.conftest import Call
from tests.rules.tried import rule as written

_RULES = """
- list: shells
  items: [bash, sh, "with blank"]
- macro: opened
  condition: evt.type in (open, openat) and fd.num >= 0
- macro: unused
  condition: evt.type = close
- rule: one
  desc: first caf\u00e9
  condition: opened and proc.name in (shells) and not fd.name startswith "/x y" and proc.env[PATH] exists
  output: "%evt.time %fd.name \u00e9"
  priority: info
  tags: [b, a]
  exceptions:
    - name: e
      fields: [proc.name, fd.name]
      comps: [=, startswith]
      values: [[cat, /tmp], [dog, /var]]
- rule: two
  desc: second
  condition: opened and toupper(proc.name) in (CAT, DOG) or proc.name = val(fd.name) or proc.name pmatch (a, b)
  output: "%evt.num"
  priority: Critical
  enabled: false
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where things are kept now."""
    where = tmp_path / "cache" / "pysysdig"
    monkeypatch.setattr(cache, "folder", lambda: str(where))
    return where


def _files(root: Path, tmp_path: Path) -> list[list[str]]:
    path = tmp_path / "rules.yaml"
    path.write_text(_RULES, encoding="utf-8")
    shared = root.parent / "shared" / "rules"
    return [[str(path)], *([str(p)] for p in sorted(shared.glob("current_falco*rules.yaml")))]


def _described(rule: Rule) -> list[Any]:
    own = ("ast", "outline", "parsed", "exceptions")
    plain = [getattr(rule, n) for n in Rule.__slots__ if n not in own and "context" not in n]
    return [*plain, to_text(rule.tree), [(type(node), node.pos) for node in walk(rule.tree)]]


def _nodes(rules: list[Rule]) -> int:
    return len({id(node) for rule in rules for node in walk(rule.tree)})


def test_kept_rules_are_the_loaded_ones(root: Path, tmp_path: Path) -> None:
    entry = AppendOutput()
    entry.extra_output, entry.formatted_fields, entry.raw_fields = "more=%proc.pid", {"x": "%fd.name"}, ["proc.name"]
    for files in _files(root, tmp_path):
        rules = [r for r in load_rules(files, [entry]).rules if r.ast is not None]
        assert rules
        again = stored.unpack(stored.pack(stored.Stored(rules, ["a", "b"])))
        assert [_described(r) for r in again.rules] == [_described(r) for r in rules]
        assert _nodes(again.rules) == _nodes(rules)  # what rules share they share again
        for kept, found in zip(again.rules, outlines(rules, CURRENT), strict=True):
            assert kept.outline is not None and kept.outline.tree is kept.ast and kept.outline.needs == found.needs
            np.testing.assert_array_equal(kept.outline.tried, found.tried)
        assert again.remarks == ["a", "b"]


def test_an_outline_is_of_one_condition(root: Path) -> None:
    """Who gives a rule another condition gives it another outline with it."""
    (rule,) = stored.unpack(stored.pack(stored.Stored([written("a", "evt.type=close and fd.num=3")], []))).rules
    kept = rule.outline
    assert kept is not None and kept.needs == FD and outlines([rule], CURRENT)[0] is kept
    assert outlines([rule], OLD)[0].tried.sum() > kept.tried.sum()  # beginnings of calls as well
    rule.ast = parse("evt.type=open")
    assert outlines([rule], CURRENT)[0].needs == EVENT


@pytest.mark.parametrize("outline", [None, [b"", 0], [bytes(200), 0], [b"x", 99], [0, 0], [b"x"]])
def test_an_outline_that_makes_no_sense(outline: Any, folder: Path) -> None:
    nodes, rules, remarks = msgpack.unpackb(stored.pack(stored.Stored([written("a", "evt.type=close")], [])))
    rules[0][6] = outline
    cache.write("rules", "key", msgpack.packb([nodes, rules, remarks]))
    assert stored.load("key") is None


def test_a_second_run_loads_nothing(
    call_cli: Call, root: Path, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(_RULES, encoding="utf-8")
    arguments = ["-r", str(root / "captures" / "demo.scap"), "--rules", str(rules)]
    first = call_cli(*arguments)
    assert "LOAD_UNUSED_MACRO" in first.stderr.decode() and len(list(folder.iterdir())) == 1
    assert folder.stat().st_mode & 0o077 == 0

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("loaded again")

    with monkeypatch.context() as patch:
        patch.setattr("pysysdig.rules.load.load_rules", fail)
        again = call_cli(*arguments)
        assert (again.stdout, again.stderr, again.returncode) == (first.stdout, first.stderr, first.returncode)
        with pytest.raises(AssertionError):
            call_cli(*arguments, "-o", "append_output[]={'extra_output': 'x'}")
    rules.write_text("- rule: broken", encoding="utf-8")
    assert call_cli(*arguments).returncode == 1
    assert len(list(folder.iterdir())) == 1


def test_the_key_says_everything_that_rules_depend_on(tmp_path: Path) -> None:
    entry = AppendOutput()
    entry.extra_output = "x"
    tagged = AppendOutput()
    tagged.tags = {"a"}
    keys = [
        stored.key([("a", b"1")], []),
        stored.key([("a", b"2")], []),
        stored.key([("b", b"1")], []),
        stored.key([("a", b"1"), ("b", b"")], []),
        stored.key([("a", b"1")], [entry]),
        stored.key([("a", b"1")], [tagged]),
    ]
    assert len(set(keys)) == len(keys)
    assert stored.key([("a", b"1")], []) == keys[0]


def test_files_that_cannot_be_read_twice_are_not_kept(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert stored.contents([str(pipe)]) is None
    assert stored.contents([str(tmp_path / "nothing")]) is None
    assert stored.contents([str(tmp_path)]) is None


def test_what_others_could_have_written_is_not_used(folder: Path) -> None:
    cache.write("kind", "key", b"data")
    path = folder / "kind-key"
    assert cache.read("kind", "key") == b"data" and path.stat().st_mode & 0o777 == 0o600
    for mode in (0o620, 0o602):
        path.chmod(mode)
        assert cache.read("kind", "key") is None
    path.chmod(0o600)
    for mode in (0o770, 0o707):
        folder.chmod(mode)
        assert cache.read("kind", "key") is None
        cache.write("kind", "other", b"data")
        assert not (folder / "kind-other").exists()
    folder.chmod(0o700)
    assert cache.read("kind", "key") == b"data"
    (folder / "kind-link").symlink_to(path)
    assert cache.read("kind", "link") is None
    os.mkfifo(folder / "kind-pipe")
    assert cache.read("kind", "pipe") is None
    if os.geteuid() == 0:
        os.chown(path, 65534, -1)
        assert cache.read("kind", "key") is None


def test_damaged_files_are_as_good_as_none(folder: Path) -> None:
    cache.write("kind", "key", bytes(range(100)))
    path = folder / "kind-key"
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert cache.read("kind", "key") is None
        path.write_bytes(whole[:at])
        assert cache.read("kind", "key") is None
    with open(path, "r+b") as file:
        file.truncate(cache.MAX_SIZE + 1)
    assert cache.read("kind", "key") is None


def test_the_oldest_go(folder: Path) -> None:
    for i in range(cache.MAX_FILES + 5):
        cache.write("kind", str(i), b"x")
        os.utime(folder / f"kind-{i}", (i, i))
    cache.write("another", "1", b"x")
    left = {p.name for p in folder.iterdir()}
    assert len(left) == cache.MAX_FILES + 1 and "kind-0" not in left and f"kind-{cache.MAX_FILES + 4}" in left


@given(
    st.binary(max_size=200)
    | st.recursive(st.integers(-9, 99) | st.text() | st.none(), st.lists, max_leaves=30).map(msgpack.packb)
)
def test_something_else_is_no_rules(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "read", lambda kind, key: data)
        got = stored.load("key")
    assert got is None or got == ([], [])


def test_rules_with_a_bit_changed_are_refused_or_well_formed(tmp_path: Path) -> None:
    """Whoever writes the digest anew is the user; even so there is no traceback."""
    path = tmp_path / "rules.yaml"
    path.write_text(_RULES, encoding="utf-8")
    packed = stored.pack(stored.Stored(load_rules([str(path)]).rules, []))
    chance = random.Random(1)
    for _ in range(300):
        changed = bytearray(packed)
        changed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cache, "read", lambda kind, key, data=bytes(changed): data)
            got = stored.load("key")
        assert got is None or all(isinstance(t, str) for r in got.rules for t in (r.name, r.output_compiled, *r.tags))
