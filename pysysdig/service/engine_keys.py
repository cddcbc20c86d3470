"""Which container engines a configuration wants: by `container_engines`, as Falco 0.38 to 0.40 have it, or by the settings of the
plugin `container`, as it is today; and who tells of pods, by those of the plugin `k8smeta`."""

from __future__ import annotations

from typing import Any

from pysysdig.rules.config_tree import BadKey
from pysysdig.service.plugin_keys import COLLECTOR, is_loaded, settings_of, whole
from pysysdig.settings import CollectorChoice, EngineChoice

ASKED = ("docker", "podman", "cri", "containerd")
NAMED = ("lxc", "libvirt_lxc", "bpm")
_PLUGIN = "container"
_OLDER = "container_engines"
_MAX_LABEL = 64 * 1024


def engines(tree: dict[str, Any]) -> EngineChoice:
    """Raises BadKey."""
    place, given = _settings(tree)
    chosen = given if place == _OLDER else _object(given.get("engines", {}), f"{place}.engines")
    sockets: list[tuple[str, tuple[str, ...]]] = []
    disabled: list[str] = []
    for name in (*ASKED, *NAMED):
        engine = _object(chosen.get(name, {}), f"{place}.{name}")
        if not _flag(engine.get("enabled", True), f"{place}.{name}.enabled"):
            disabled.append(name)
        places = engine.get("sockets")
        if name in ASKED and places:
            if not isinstance(places, list) or not all(isinstance(p, str) and p.startswith("/") for p in places):
                raise BadKey(f"{place}.{name}.sockets", f"{place}.{name}.sockets: a list of absolute paths is wanted")
            sockets.append((name, tuple(places)))
    longest = whole(given.get("label_max_len", 100))
    if not 0 < longest <= _MAX_LABEL:
        said = given["label_max_len"]
        raise BadKey(f"{place}.label_max_len", f"{place}.label_max_len: a number from 1 to {_MAX_LABEL} is wanted, not {said}")
    wait = _flag(_object(chosen.get("cri", {}), f"{place}.cri").get("disable_async", False), f"{place}.cri.disable_async")
    static = _static(chosen.get("static", {}), f"{place}.static")
    return EngineChoice(tuple(sockets), tuple(disabled), longest, static, wait)


def collector(tree: dict[str, Any]) -> CollectorChoice | None:
    """None: the plugin is not listed, or not loaded. Raises BadKey."""
    given = settings_of(tree, COLLECTOR)
    if given is None or not is_loaded(tree, COLLECTOR):
        return None
    host, node, roots = (given.get(key, "") for key in ("collectorHostname", "nodeName", "caPEMBundle"))
    for key, value in (("collectorHostname", host), ("nodeName", node)):
        if not isinstance(value, str) or not value.strip():
            raise BadKey("plugins", f"plugins: the plugin {COLLECTOR} wants a text as {key}")
    port = whole(given.get("collectorPort", ""))
    if not 0 < port < 1 << 16:
        raise BadKey("plugins", f"plugins: the plugin {COLLECTOR} wants a number from 1 to 65535 as collectorPort")
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return CollectorChoice(f"{host}:{port}", node, str(roots or ""))


def _settings(tree: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where they are, and what they are."""
    given = settings_of(tree, _PLUGIN)
    return (_OLDER, _object(tree.get(_OLDER) or {}, _OLDER)) if given is None else ("plugins", given)


def _static(said: Any, place: str) -> tuple[str, ...]:
    given = _object(said, place)
    if not _flag(given.get("enabled", False), f"{place}.enabled"):
        return ()
    return tuple(str(given.get(key, "")) for key in ("container_id", "container_name", "container_image"))


def _flag(value: Any, place: str) -> bool:
    """From YAML, where all scalars are texts in a tree, or from JSON."""
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false"):
        raise BadKey(place, f"{place}: true or false is wanted")
    return str(value).lower() == "true"


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadKey(place, f"{place}: a mapping is wanted")
    return value
