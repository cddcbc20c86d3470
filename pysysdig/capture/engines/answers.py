"""What engines say, checked: values of a wrong type count as absent, texts and lists are cut. And what becomes of it: the JSON of
container events."""

from __future__ import annotations

import calendar
import ipaddress
import json
import re
import time
from typing import Any

from pysysdig.capture.engines.engine import Json
from pysysdig.events.table import OLD
from pysysdig.state.cgroups import SHORT_ID

MAX_ITEMS = 512  # labels, mounts, ports
MAX_TEXT = 4096
NO_ADDRESS = "0.0.0.0"
SANDBOX_LABEL = "io.kubernetes.sandbox.id"
_FULL_ID = re.compile("[0-9a-f]{64}")
_SUCCESSFUL = 1
# what only events of one generation say
_OLDER = {"lookup_state": _SUCCESSFUL, "metadata_deadline": 0}
_NEWER = {"size": -1}


def an_object(value: Any) -> Json:
    """An object, empty if it is none."""
    return value if isinstance(value, dict) else {}


def a_list(value: Any) -> list[Any]:
    """The beginning of a list."""
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def a_text(value: Any) -> str:
    """The beginning of a text."""
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def a_number(value: Any) -> int:
    """A whole number of 64 bits, 0 if it is none."""
    return value if type(value) is int and -(1 << 63) <= value < 1 << 63 else 0


def full_id(value: Any) -> str:
    """A whole id of 64 hexadecimal digits, "" if it is none."""
    return value if isinstance(value, str) and _FULL_ID.fullmatch(value) else ""


def short_id(value: Any) -> str:
    """The short id of a whole one, "" if it is none."""
    return full_id(value)[:SHORT_ID]


def labels(value: Any, longest: int) -> dict[str, str]:
    """Some labels, without those with long values."""
    given = an_object(value)
    kept = ((k, v) for k, v in given.items() if isinstance(v, str) and len(v) <= longest and len(k) <= MAX_TEXT)
    return dict(list(kept)[:MAX_ITEMS])


def seconds(text: str) -> int:
    """Since the epoch; 0 for what is no time."""
    try:
        return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0


def address(text: str) -> str:
    """An IPv4 address."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return NO_ADDRESS


def cpus(text: str) -> int:
    """How many cpus a list like 0-3,7 names."""
    count = 0
    for first, last in re.findall(r"(\d{1,5})(?:-(\d{1,5}))?", text):
        count += max(int(last) - int(first) + 1, 0) if last else 1
    return count


def split_image(text: str) -> tuple[str, str, str]:
    """(repository with its host, tag, digest) of an image's name, "" for what it does not say."""
    host, slash, rest = text.partition("/")
    if not slash:
        host, rest = "", text
    rest, _, digest = rest.partition("@")
    name, _, tag = rest.partition(":")
    return host + slash + name if slash else name, tag, digest


def image_members(name: str, parts: tuple[str, str, str], ident: str = "") -> Json:
    """The members about an image. parts: repository, tag, digest."""
    repo, tag, digest = parts
    return {"image": name, "imageid": ident, "imagerepo": repo, "imagetag": tag, "imagedigest": digest}


def named(ident: str, type_: int, name: str, image: str = "") -> Json:
    """What is known of a container without anybody to ask."""
    return {
        "id": ident,
        "type": type_,
        "full_id": ident,
        "name": name,
        **image_members(image, split_image(image)),
        "privileged": False,
        "is_pod_sandbox": False,
        "created_time": 0,
        "Mounts": [],
        "User": "<NA>",
        "ip": NO_ADDRESS,
        "cni_json": "",
        "labels": {},
    }


def event_text(container: Json, generation: str) -> str:
    """The JSON of the event about a container."""
    if generation == OLD:
        whole = {**container, **_OLDER}
        return json.dumps({"container": whole}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return json.dumps({"container": {**_NEWER, **container}}, separators=(",", ":"), ensure_ascii=False)
