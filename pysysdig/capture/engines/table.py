"""Engines: a row each."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.state.cgroups import CT_BPM, CT_CONTAINERD, CT_CRI, CT_DOCKER, CT_LIBVIRT_LXC, CT_LXC, CT_PODMAN


class Row(NamedTuple):
    """name: as configurations call it; module: of this package, with a class Engine, imported once one of its sockets is there;
    sockets: where they are, as patterns; types: CT_* that cgroups may tell of its containers."""

    name: str
    module: str
    sockets: tuple[str, ...]
    types: frozenset[int]


_RUNTIMES = (
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/host-containerd/containerd.sock",
)
_HASHED = frozenset({CT_DOCKER, CT_CRI, CT_CONTAINERD})  # cgroups of theirs look alike
# the first one that knows a container says what it is
ENGINES = (
    Row("podman", "podman", ("/run/podman/podman.sock", "/run/user/*/podman/podman.sock"), frozenset({CT_PODMAN})),
    Row("docker", "docker", ("/var/run/docker.sock",), frozenset({CT_DOCKER})),
    Row("cri", "cri", _RUNTIMES, _HASHED),
    Row("containerd", "containerd", tuple(path for path in _RUNTIMES if "crio" not in path), _HASHED),
)
# engines that are not asked: cgroups tell all that is known of their containers
NAMED = {"lxc": CT_LXC, "libvirt_lxc": CT_LIBVIRT_LXC, "bpm": CT_BPM}
