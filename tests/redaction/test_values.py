"""Single values under a policy."""

from __future__ import annotations

import ipaddress
import json

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.redaction.policy import DEFAULT, SUBJECTS, Policy
from pysysdig.redaction.values import PUBLIC, Values, listed, terminated

KEY = b"k" * 32
VALUES = Values(DEFAULT, KEY)


def under(**actions: str) -> Values:
    """The default policy with other actions; `_` stands for the dot of a field's name."""
    named = {name.replace("_", ".", 1): action for name, action in actions.items()}
    assert named.keys() <= SUBJECTS.keys()
    return Values(Policy("test", {**DEFAULT.actions, **named}), KEY)


PART = st.text(st.characters(max_codepoint=255, exclude_characters="/\0"), min_size=1, max_size=8)


@given(st.lists(PART, min_size=1, max_size=5), st.booleans())
def test_paths_are_treated_part_by_part(parts: list[str], absolute: bool) -> None:
    path = "/" * absolute + "/".join(parts)
    made = VALUES.path(path)
    assert made.split("/") == [VALUES.path(part) for part in path.split("/")]
    assert all(new != old or old in PUBLIC | {".", "..", "(NULL)", "<NA>"} or old.startswith("memfd:")
               or old == " (deleted)" for new, old in zip(made.split("/"), path.split("/")) if old)  # fmt: skip


def test_paths() -> None:
    hashed = VALUES.hashed
    assert VALUES.path("/home/eve/x (deleted)") == f"/home/{hashed('eve')}/{hashed('x')} (deleted)"
    assert VALUES.path("memfd:plan") == f"memfd:{hashed('plan')}"
    assert under(fd_name="keep-directory").path("/home/eve/x") == f"/home/eve/{hashed('x')}"
    assert under(fd_name="drop").path("/home/eve/x") == "/redacted"
    assert under(fd_name="keep").path("/home/eve/x") == "/home/eve/x"


def test_hashes_depend_on_the_key_alone() -> None:
    assert VALUES.hashed("eve") == Values(DEFAULT, KEY).hashed("eve") != Values(DEFAULT, b"other" * 8).hashed("eve")


def test_arguments() -> None:
    given = ["-la", "--password=x", "--verbose", "-psecret", "plain", "", "--Odd9=x"]
    assert VALUES.args(given) == ["-l***", "--password=***", "--verbose", "-p***", "***", "", "***"]
    assert under(proc_args="drop").args(given) == []
    assert under(proc_args="hash").args(["a", "a", "b"])[:2] == [VALUES.hashed("a")] * 2


def test_environment() -> None:
    assert VALUES.env(["A=b"]) == []
    hashed = VALUES.hashed
    assert under(proc_env="hash").env(["A_B=x", "odd=", "none"]) == [f"A_B={hashed('x')}", f"{hashed('odd')}=", hashed("none")]


def test_addresses() -> None:
    def made(values: Values, text: str) -> str:
        return str(ipaddress.ip_address(values.address(ipaddress.ip_address(text).packed)))

    assert made(VALUES, "203.0.113.77") == "203.0.113.0"
    assert made(VALUES, "2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::"
    assert made(VALUES, "::ffff:203.0.113.77") == str(ipaddress.ip_address("::ffff:203.0.113.0"))
    assert made(VALUES, "127.0.0.1") == "127.0.0.1" and made(VALUES, "::1") == "::1"
    net64 = under(fd_ip="net64")
    assert made(net64, "203.0.113.77") == "0.0.0.0" and made(net64, "2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::"
    assert made(under(fd_ip="drop"), "2001:db8:1:2:3:4:5:6") == "::"


def test_ids_of_containers_stay_in_control_groups() -> None:
    ident = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
    for path in (f"/docker/{ident}", f"/system.slice/docker-{ident}.scope", f"/machine.slice/libpod-{ident}.scope"):
        assert VALUES.cgroup(f"cpu={path}") == f"cpu={path}"
    made = VALUES.cgroup(f"cpu=/kubepods/secretpod:cri-containerd:{ident}")
    assert made.endswith(f":cri-containerd:{ident}") and "secret" not in made
    assert VALUES.cgroup(f"cpu=/secret-{ident}") == f"cpu=/{ident}"


def test_what_is_known_of_a_container_is_made_anew() -> None:
    given = {"id": "3ad7b26ded6d", "name": "db", "image": "postgres", "labels": {"a": "b"}, "privileged": True, "env": ["X=y"]}
    text = json.dumps({"container": given})
    kept = {"id": "3ad7b26ded6d", "image": "postgres", "privileged": True}
    assert json.loads(VALUES.container(text))["container"] == {**kept, "name": VALUES.hashed("db")}
    labels = under(container_label="keep").container(text)
    assert json.loads(labels)["container"]["labels"] == {"a": "b"}
    for bad in ("", "x", "[]", '{"container": 3}', '{"container": {"name": 3}}'):
        assert VALUES.container(bad) in ("", '{"container": {}}')


def test_bytes_behind_a_text_are_left_out() -> None:
    assert terminated(b"abc\0secret", lambda text: text.upper()) == b"ABC\0"
    assert listed(b"a\0b\0", lambda items: items[:1]) == b"a\0"
    assert listed(b"", lambda items: ["x"]) == b""


def test_the_size_of_buffers_stays() -> None:
    assert VALUES.buffer(b"secret") == bytes(6)
