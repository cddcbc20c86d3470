"""What is done with which values: policies, from YAML files or by name.

A policy says for fields what becomes of their values. A value stands in more than one place: a rule is for the field that the
others are made of (SUBJECTS). Texts in which any value may stand (CARRIERS) must not be kept as long as some value is to be
hidden.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from pysysdig.errors import UsageError
from pysysdig.fields.registry import REGISTRY

KEEP, DROP, HASH, DIRECTORY, NET24, NET64, MASK = "keep", "drop", "hash", "keep-directory", "net24", "net64", "mask-args"
MIN_KEY = 16  # bytes
_MAX_FILE = 1 << 20


class Subject(NamedTuple):
    """Values that stand in one field and in what is made of it.

    actions   what can be done with them everywhere
    default   what is done where a policy says nothing
    carries   the actions that leave text in which other values may stand
    """

    actions: tuple[str, ...]
    default: str
    carries: tuple[str, ...] = ()


_NAMES = (KEEP, HASH, DROP)
SUBJECTS = {
    "proc.name": Subject(_NAMES, KEEP),
    "proc.args": Subject((KEEP, HASH, MASK, DROP), MASK, (KEEP,)),
    "proc.env": Subject(_NAMES, DROP, (KEEP,)),
    "evt.buffer": Subject((KEEP, DROP), DROP, (KEEP,)),
    "evt.arg": Subject((KEEP, DROP), DROP, (KEEP,)),
    "evt.hostname": Subject(_NAMES, HASH),
    "fd.name": Subject((KEEP, HASH, DIRECTORY, DROP), HASH, (KEEP, DIRECTORY)),
    "fd.ip": Subject((KEEP, NET24, NET64, DROP), NET24),
    "user.name": Subject(_NAMES, HASH),
    "group.name": Subject(_NAMES, HASH),
    "container.name": Subject(_NAMES, HASH),
    "container.image": Subject(_NAMES, KEEP),
    "container.label": Subject((KEEP, DROP), DROP, (KEEP,)),
    "container.mounts": Subject((KEEP, DROP), DROP, (KEEP,)),
}
CARRIERS = tuple(name for name, subject in SUBJECTS.items() if subject.carries)
# fields for which rules are asked, but that are no subjects: why
_REASONS = {
    "container.id": "ids of containers stand in paths of control groups, from which they are worked out",
    **dict.fromkeys("proc.cmdline proc.pcmdline proc.acmdline proc.exeline proc.cmdnargs proc.aargs evt.args evt.info".split(),
                    "it is made of others, anew from what becomes of them; name proc.name, proc.args and fd.name"),
    **dict.fromkeys("proc.pname proc.aname".split(), "it is the name of a process; name proc.name"),
}  # fmt: skip
_BEGINNINGS = {
    "k8s.": "it is a label of a container; name container.label",
    "container.image": "name container.image, which is for all parts of it",
    "proc.env": "name proc.env",
    "proc.a": "name proc.name, proc.args or fd.name",
    "proc.cwd": "it is a path; name fd.name",
    "proc.exe": "it is a path; name fd.name",
    "proc.pexe": "it is a path; name fd.name",
    "fs.path": "it is a path; name fd.name",
}


class Policy(NamedTuple):
    """A checked policy: an action for each subject."""

    name: str
    actions: dict[str, str]

    def __getitem__(self, subject: str) -> str:  # type: ignore[override]
        return self.actions[subject]

    def text(self) -> str:
        """As it is written to the metadata of files: JSON."""
        return json.dumps(self.actions, sort_keys=True)


DEFAULT = Policy("default", {name: subject.default for name, subject in SUBJECTS.items()})


def read_policy(name: str) -> Policy:
    """A policy by its name ("default") or from a YAML file that maps fields to actions. Raises UsageError with the place."""
    if name == DEFAULT.name and not os.path.exists(name):
        return DEFAULT
    import yaml

    try:
        with open(name, encoding="utf-8") as file:
            text = file.read(_MAX_FILE + 1)
        if len(text) > _MAX_FILE:
            raise UsageError(f"--redact {name}: larger than 1 MB, which no policy is")
        node = yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        known = f"there is the policy {DEFAULT.name}, or name a YAML file"
        raise UsageError(f"--redact {name}: cannot be read: {error.strerror}; {known}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--redact {name}: is not UTF-8 text") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"--redact {name}{place}: no YAML: {getattr(error, 'problem', None) or 'cannot be read'}") from None
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise UsageError(f"--redact {name}: a policy maps fields to actions, as in 'fd.ip: net24'")
    said: dict[str, tuple[str, str]] = {}
    for key, value in node.value:
        place = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise UsageError(f"--redact {place}: a field and an action are wanted, as in 'fd.ip: net24'")
        _check(place, key.value, value.value)
        if key.value in said:
            raise UsageError(f"--redact {place}: {key.value} has a rule already")
        said[key.value] = (value.value, place)
    return _policy(name, said)


def policy_of(actions: Mapping[str, str]) -> Policy:
    """A policy from actions by fields; what they do not name is as in DEFAULT. Raises UsageError."""
    for field, action in actions.items():
        _check("policy", field, action)
    return _policy("policy", {field: (action, "policy") for field, action in actions.items()})


def _policy(name: str, said: dict[str, tuple[str, str]]) -> Policy:
    """said: field -> (action, place)."""
    actions = {**DEFAULT.actions, **{field: action for field, (action, _) in said.items()}}
    _check_together(name, actions, {field: place for field, (_, place) in said.items()})
    return Policy(name, actions)


def _check(place: str, field: str, action: str) -> None:
    subject = SUBJECTS.get(field)
    if subject is None:
        raise UsageError(f"--redact {place}: {field} cannot be treated everywhere it occurs: {_reason(field)}")
    if action not in subject.actions:
        raise UsageError(f"--redact {place}: {field}: {action}: there are {', '.join(subject.actions)}")


def _reason(field: str) -> str:
    known = REGISTRY.get(field.partition("[")[0])
    reason = _REASONS.get(field) or next((why for start, why in _BEGINNINGS.items() if field.startswith(start)), "")
    if reason:
        return reason
    if known is None:
        return "there is no such field"
    if known.type not in ("CHARBUF", "BYTEBUF", "IPADDR", "IPNET"):
        return "numbers, ids and times are kept as they are"
    if field.startswith("fd."):
        return "it is a part of a name or an address; name fd.name or fd.ip"
    return f"there are rules for {', '.join(SUBJECTS)}"


def _check_together(name: str, actions: dict[str, str], places: dict[str, str]) -> None:
    """UsageError if a value that is to be hidden may stand in a text that is kept."""
    hidden = [f for f, action in actions.items() if action != KEEP]
    for carrier in CARRIERS:
        if actions[carrier] not in SUBJECTS[carrier].carries:
            continue
        # what only ever stands in these texts themselves may be left out of one and kept in others
        inside = next((f for f in hidden if f != carrier and (f not in CARRIERS or f == "fd.name")), None)
        if inside is None and carrier == "evt.buffer":
            inside = next((f for f in hidden if f in ("proc.args", "proc.env")), None)
        if inside is not None:
            place = places.get(carrier, name)
            raise UsageError(
                f"--redact {place}: {carrier}: {actions[carrier]}: values of {inside} ({actions[inside]}) may stand there; "
                f"treat {carrier}, too, or keep {inside}"
            )


def fresh_key() -> bytes:
    """A key that nobody knows."""
    return secrets.token_bytes(32)


def read_key(path: str) -> bytes:
    """The key for hashes: what is in a file, or one that nobody knows ("" no file). Raises UsageError."""
    if not path:
        return fresh_key()
    try:
        with open(path, "rb") as file:
            key = file.read(_MAX_FILE).strip()
    except OSError as error:
        raise UsageError(f"--redact-key {path}: cannot be read: {error.strerror}") from None
    if len(key) < MIN_KEY:
        raise UsageError(f"--redact-key {path}: a key has at least {MIN_KEY} bytes; make one with head -c 32 /dev/urandom")
    return key
