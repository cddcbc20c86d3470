"""A container of the machine of a synthetic test, as a test file describes it."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from pysysdig.rules.yamldoc import Node
from pysysdig.workbench.reading import Place

_KEYS = ("image", "id", "name", "privileged", "mounts", "k8s", "labels", "ip", "metadata")
# labels that tests give short names
KUBERNETES = {"pod": "io.kubernetes.pod.name", "ns": "io.kubernetes.pod.namespace", "uid": "io.kubernetes.pod.uid"}


class Container(NamedTuple):
    """A container: its full id, and what its engine says of it (JSON; "" nothing)."""

    id: str
    text: str

    @property
    def cgroups(self) -> list[str]:
        """The control groups of its processes."""
        return [f"cpu=/docker/{self.id}"]


def read_container(place: Place, name: str, node: Node) -> Container:
    """One that a test file describes. Raises TestFileError."""
    said = place.mapping(node, f"container {name}", _KEYS)
    full = place.text(said["id"], "id") if "id" in said else hashlib.sha256(name.encode()).hexdigest()
    if not 12 <= len(full) <= 64 or set(full) - set("0123456789abcdef"):
        raise place.error(said["id"], "the id of a container is 12 to 64 hexadecimal digits")
    full = full.ljust(64, "0")
    image = place.text(said["image"], "image") if "image" in said else ""
    before, _, digest = image.partition("@")
    repository, colon, tag = before.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = before, ""
    labels = {k: place.text(v, k) for k, v in place.entries(said["labels"], "labels").items()} if "labels" in said else {}
    for key, value in place.entries(said["k8s"], "k8s").items() if "k8s" in said else ():
        labels[KUBERNETES.get(key, key)] = place.text(value, key)
    mounts = []
    for mount in place.items(said["mounts"], "mounts") if "mounts" in said else ():
        source, _, dest = place.text(mount, "a mount").partition(":")
        mounts.append({"Source": source, "Destination": dest or source, "Mode": "", "RW": True, "Propagation": "private"})
    facts = {
        "id": full[:12],
        "full_id": full,
        "name": place.text(said["name"], "name") if "name" in said else name,
        "type": 0,
        "image": image,
        "imageid": "",
        "imagerepo": repository,
        "imagetag": tag,
        "imagedigest": digest,
        "labels": labels,
        "Mounts": mounts,
        "ip": place.text(said["ip"], "ip") if "ip" in said else "",
        "privileged": "privileged" in said and place.truth(said["privileged"], "privileged"),
    }
    known = "metadata" not in said or place.truth(said["metadata"], "metadata")
    return Container(full, json.dumps({"container": facts}) if known else "")
