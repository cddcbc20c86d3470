"""Containers that test files describe."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.workbench.container import Container, read_container
from pysysdig.workbench.reading import TestFileError
from tests.workbench.placed import placed


def container(text: str) -> Container:
    place, node = placed(text)
    return read_container(place, "web", node)


def facts(text: str) -> dict[str, Any]:
    return dict(json.loads(container(text).text)["container"])


@pytest.mark.parametrize(
    ("image", "repository", "tag", "digest"),
    [
        ("nginx", "nginx", "", ""),
        ("nginx:1.2", "nginx", "1.2", ""),
        ("host:5000/nginx", "host:5000/nginx", "", ""),
        ("host:5000/nginx:1@sha256:ab", "host:5000/nginx", "1", "sha256:ab"),
        ("nginx@sha256:ab", "nginx", "", "sha256:ab"),
    ],
)
def test_images(image: str, repository: str, tag: str, digest: str) -> None:
    said = facts(f"{{image: '{image}'}}")
    assert (said["image"], said["imagerepo"], said["imagetag"], said["imagedigest"]) == (image, repository, tag, digest)


def test_ids() -> None:
    """Containers of the same name have the same; short ones are made as long as those of an engine."""
    own = container("{}")
    assert len(own.id) == 64 and own == container("{}") and own.cgroups == [f"cpu=/docker/{own.id}"]
    assert container("{id: 0123456789ab}").id == "0123456789ab" + 52 * "0"
    said = facts("{id: 0123456789ab}")
    assert (said["id"], said["name"]) == ("0123456789ab", "web")


def test_mounts_and_labels() -> None:
    said = facts("{mounts: [/a, '/b:/c'], labels: {x: 1}, k8s: {pod: p, other: o}}")
    assert [(m["Source"], m["Destination"]) for m in said["Mounts"]] == [("/a", "/a"), ("/b", "/c")]
    assert said["labels"] == {"x": "1", "io.kubernetes.pod.name": "p", "other": "o"}


def test_nothing_is_known() -> None:
    assert container("{metadata: false}").text == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{id: 0123}", "12 to 64 hexadecimal digits"),
        ("{id: 0123456789AB}", "12 to 64 hexadecimal digits"),
        ("{imgae: x}", "imgae"),
        ("[x]", "container web"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    with pytest.raises(TestFileError, match=said):
        container(text)
