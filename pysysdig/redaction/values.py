"""What becomes of single values under a policy. The same value becomes the same everywhere.

Texts are byte text (docs/architecture.md).
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pysysdig.events.text import decoded, from_user
from pysysdig.redaction.policy import DIRECTORY, DROP, HASH, KEEP, NET24

if TYPE_CHECKING:
    from pysysdig.redaction.policy import Policy

DROPPED = "redacted"  # in the place of a text that is dropped
MASKED = "***"  # in the place of an argument
_KNOWN = 1 << 18  # values of one kind that are remembered
# parts of paths that say nothing of whose they are: the file system hierarchy, and what filters commonly begin with
PUBLIC = frozenset(
    "bin boot dev etc games home include lib lib32 lib64 libexec libx32 local log man media mnt opt proc root run sbin self "
    "share spool srv src sys tmp usr var cache lock mail shm pts fd fdinfo task ns net null zero full random urandom tty ptmx "
    "stdin stdout stderr x86_64-linux-gnu aarch64-linux-gnu "
    "cgroup conmon docker kubepods libpod_parent lxc lxc.payload machine.slice system.slice user.slice init.scope".split()
)
_UNTOUCHED = frozenset(("", ".", "..", "<NA>", "(NULL)"))
_CONTAINER = re.compile(r"(.*[:-])?([0-9a-f]{64})(\.scope)?", re.DOTALL)
_ENGINE = frozenset(("docker-", "crio-", "cri-containerd-", "libpod-", "libpod-payload-", "nerdctl-"))
_LONG_OPTION = re.compile(r"(--?[a-z]+(?:-[a-z]+)*)(=.*)?", re.DOTALL)
_NUMBER = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")
_VARIABLE = re.compile(r"[A-Z][A-Z_]*")
_LOOPBACK = frozenset((bytes([127, 0, 0, 1]), bytes(15) + b"\1"))
_MAPPED = bytes(10) + b"\xff\xff"
# the parts of what is known of a container that are ids
_IDS = ("id", "full_id", "imageid", "imagedigest", "pod_sandbox_id")
_NUMBERS = (
    "type", "privileged", "is_pod_sandbox", "host_pid", "host_network", "host_ipc", "lookup_state", "created_time", "cpu_period",
    "cpu_quota", "cpu_shares", "cpuset_cpu_count", "memory_limit", "swap_limit", "size_rw_bytes", "metadata_deadline",
)  # fmt: skip


class Values:
    """The treatments of a policy with a key."""

    def __init__(self, policy: Policy, key: bytes) -> None:
        self.policy = policy
        self._key = key
        self._known: dict[str, str] = {}
        self._paths: dict[str, str] = {}

    def hashed(self, text: str) -> str:
        """A name for a value: HMAC-SHA256, 64 bit of it."""
        found = self._known.get(text)
        if found is None:
            digest = hmac.digest(self._key, text.encode("latin-1"), "sha256")
            found = _remember(self._known, text, "h_" + digest[:8].hex())
        return found

    def name(self, subject: str, text: str) -> str:
        """A name as a whole: of a process, a user, a group, a host, a container, an image."""
        action = self.policy[subject]
        if action == KEEP or text in _UNTOUCHED:
            return text
        return self.hashed(text) if action == HASH else DROPPED

    def other(self, text: str) -> str:
        """A text of no kind that is known."""
        return text if self.policy["evt.arg"] == KEEP or text in _UNTOUCHED else DROPPED

    def path(self, text: str, *, folder: bool = False) -> str:
        """A path, part by part, so that what begins the same still does; folder: it is known to be one of a directory."""
        action = self.policy["fd.name"]
        if action == KEEP or (folder and action == DIRECTORY) or text in _UNTOUCHED:
            return text
        if action == DROP:
            return "/" + DROPPED if text.startswith("/") else DROPPED
        found = self._paths.get(text)
        if found is None:
            parts = text.split("/")
            before = parts[:-1] if action == DIRECTORY else [self._part(part) for part in parts[:-1]]
            found = _remember(self._paths, text, "/".join((*before, self._part(parts[-1]))))
        return found

    def _part(self, part: str) -> str:
        if part in _UNTOUCHED or part in PUBLIC:
            return part
        begin = "memfd:" if part.startswith("memfd:") else ""
        end = " (deleted)" if part.endswith(" (deleted)") else ""
        inner = part[len(begin) : len(part) - len(end)]
        return begin + (inner if inner in _UNTOUCHED or inner in PUBLIC else self.hashed(inner)) + end

    def cgroup(self, item: str) -> str:
        """`subsystem=path`: as a path, in which ids of containers stay."""
        if self.policy["fd.name"] == KEEP:
            return item
        subsystem, equals, path = item.partition("=")
        if not equals:
            return self.path(item)
        parts = path.split("/")
        return f"{subsystem if len(subsystem) < 20 else DROPPED}={'/'.join(map(self._cgroup_part, parts))}"

    def _cgroup_part(self, part: str) -> str:
        match = _CONTAINER.fullmatch(part)
        if match is None:
            return self._part(part)
        before, ident, after = match.group(1) or "", match.group(2), match.group(3) or ""
        if before and before not in _ENGINE:
            slice_, colon, engine = before[:-1].rpartition(":")
            before = f"{self._part(slice_)}:{engine}:" if before[-1] == ":" and colon and engine == "cri-containerd" else ""
        return before + ident + after

    def args(self, items: list[str]) -> list[str]:
        """The arguments of a program, without its name."""
        action = self.policy["proc.args"]
        if action == KEEP:
            return items
        if action == DROP:
            return []
        return [self.hashed(item) if item else "" for item in items] if action == HASH else [_masked(item) for item in items]

    def env(self, items: list[str]) -> list[str]:
        """An environment."""
        action = self.policy["proc.env"]
        if action == KEEP:
            return items
        return [] if action == DROP else [self._variable(item) for item in items if item]

    def _variable(self, item: str) -> str:
        name, equals, value = item.partition("=")
        if not equals:
            return self.hashed(item)
        return f"{name if _VARIABLE.fullmatch(name) else self.hashed(name)}={self.hashed(value) if value else ''}"

    def buffer(self, data: bytes) -> bytes:
        """Bytes that were read, written, sent: their number stays."""
        return data if self.policy["evt.buffer"] == KEEP else bytes(len(data))

    def address(self, data: bytes) -> bytes:
        """A packed address of 4 or 16 bytes; anything else becomes zeros."""
        action = self.policy["fd.ip"]
        if action == KEEP or data in _LOOPBACK:
            return data
        if len(data) == 16 and data.startswith(_MAPPED):
            return _MAPPED + self.address(data[12:])
        kept = 0
        if action != DROP and len(data) in (4, 16):
            kept = (3 if len(data) == 4 else 8) if action == NET24 else (0 if len(data) == 4 else 8)
        return data[:kept] + bytes(len(data) - kept)

    def container(self, text: str) -> str:
        """What is known of a container: JSON, made anew of what is left of it; "" if it is not understood."""
        try:
            given = json.loads(decoded(text))
            body = given["container"]
            made: dict[str, Any] = {key: self.ident(_text(body[key])) for key in _IDS if key in body}
            made |= {key: body[key] for key in _NUMBERS if isinstance(body.get(key), (bool, int, float))}
            self._describe(body, made)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return ""
        return json.dumps({"container": made}, ensure_ascii=True)

    def ident(self, text: str) -> str:
        """The id of a container or an image; what is no number is the name that somebody gave it."""
        return text if _NUMBER.fullmatch(text) or text in _UNTOUCHED else self.name("container.name", text)

    def _describe(self, body: dict[str, Any], made: dict[str, Any]) -> None:
        for key, subject in (
            ("name", "container.name"), ("image", "container.image"), ("imagerepo", "container.image"),
            ("imagetag", "container.image"), ("User", "user.name"),
        ):  # fmt: skip
            if key in body:
                made[key] = self.name(subject, from_user(_text(body[key]))) if self.policy[subject] != KEEP else _text(body[key])
        if "ip" in body and self.policy["fd.ip"] == KEEP:
            made["ip"] = _text(body["ip"])
        for key, subject in (
            ("labels", "container.label"), ("pod_sandbox_labels", "container.label"), ("Mounts", "container.mounts"),
        ):  # fmt: skip
            if key in body and self.policy[subject] == KEEP:
                made[key] = body[key]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _masked(item: str) -> str:
    """An argument without its value; what an option is called stays."""
    match = _LONG_OPTION.fullmatch(item)
    if match is None:
        return MASKED if item else ""
    name, value = match.groups()
    if not name.startswith("--") and len(name) > 2:  # -pSECRET
        return name[:2] + MASKED
    return name if value is None else f"{name}={MASKED}"


def _remember(known: dict[str, str], text: str, made: str) -> str:
    if len(known) >= _KNOWN:
        known.clear()
    known[text] = made
    return made


def terminated(data: bytes, treat: Callable[[str], str]) -> bytes:
    """A text that ends with a NUL, treated; what stands behind the NUL is left out."""
    text, nul, _ = data.partition(b"\0")
    return treat(text.decode("latin-1")).encode("latin-1") + nul


def listed(data: bytes, treat: Callable[[list[str]], list[str]]) -> bytes:
    """Texts that each end with a NUL, treated."""
    if not data:
        return data
    items = data.decode("latin-1").split("\0")
    if not items[-1]:
        items.pop()
    return "".join(f"{item}\0" for item in treat(items)).encode("latin-1")
