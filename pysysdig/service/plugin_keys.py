"""What a configuration says of plugins: which it wants, how they are set up, and where those that sources of events stand for
have their events from."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pysysdig.eventsources.registry import of_plugin
from pysysdig.rules.config_tree import BadKey, items, text
from pysysdig.rules.version import BUILT_IN

CERTIFICATE = "/etc/falco/falco.pem"  # of a server, unless another one is said
MAX_BODY = 12 << 20  # bytes of what is posted at a time
MAX_EVENT = 256 << 10  # of an event
COLLECTOR = "k8smeta"  # the plugin that asks a collector about pods
_CERTIFICATE, _LONGEST, _LARGEST = "sslCertificate", "webhookMaxBatchSize", "maxEventSize"


class InputSettings(NamedTuple):
    """Where events of a source come from: params are what Falco gives a plugin (service/listening.py), "" if nothing is said;
    most: bytes of a body; largest: of an event, which is left out otherwise."""

    source: str
    params: str
    certificate: str
    most: int
    largest: int


def is_loaded(tree: dict[str, Any], name: str) -> bool:
    """Whether a plugin that is listed is used: `load_plugins` names it, or says nothing."""
    return tree.get("load_plugins") is None or name in map(text, items(tree["load_plugins"]))


def plugins(tree: dict[str, Any]) -> list[str]:
    """The plugins that are to be loaded and that there are not here: sources of events stand for
    plugins."""
    named = list(filter(None, map(text, items(tree.get("load_plugins")))))
    return [name for name in named if name not in BUILT_IN and of_plugin(name) is None]


def inputs(tree: dict[str, Any]) -> tuple[InputSettings, ...]:
    """Those of the plugins that are loaded. Raises BadKey, as Falco if one is to be loaded that is not listed."""
    for name in map(text, items(tree.get("load_plugins"))):
        known = of_plugin(name)
        if (name == COLLECTOR or (known and known.plugin == name)) and settings_of(tree, name) is None:
            raise BadKey("load_plugins", f"Cannot load plugin '{name}': plugin config not found for given name")
    out = []
    for entry in items(tree.get("plugins")):
        plugin = entry if isinstance(entry, dict) else {}
        name, params = text(plugin.get("name")), text(plugin.get("open_params")).strip()
        source = of_plugin(name) if name and is_loaded(tree, name) else None
        if source is None or source.plugin != name:
            continue
        given = _settings(plugin, name)
        certificate = given.get(_CERTIFICATE) or CERTIFICATE
        if not isinstance(certificate, str):
            raise BadKey("plugins", f"plugins: the plugin {name} wants a text as {_CERTIFICATE}")
        sizes = (_size(name, given, key, usual) for key, usual in ((_LONGEST, MAX_BODY), (_LARGEST, MAX_EVENT)))
        out.append(InputSettings(source.name, params, certificate, *sizes))
    return tuple(out)


def _size(name: str, given: dict[str, Any], key: str, usual: int) -> int:
    said = given.get(key)
    size = usual if said in (None, "") else whole(said)
    if not size:
        raise BadKey("plugins", f"plugins: the plugin {name} wants a number above 0 as {key}")
    return size


def settings_of(tree: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The `init_config` of a plugin; None: it is not listed. Raises BadKey."""
    for plugin in items(tree.get("plugins")):
        if isinstance(plugin, dict) and plugin.get("name") == name:
            return _settings(plugin, name)
    return None


def whole(value: Any) -> int:
    """A number of at most nine digits, from YAML, where all scalars are texts in a tree, or from JSON; 0 for what is none."""
    shown = str(value)
    return int(shown) if not isinstance(value, bool) and shown.isascii() and shown.isdecimal() and len(shown) < 10 else 0


def _settings(plugin: dict[str, Any], name: str) -> dict[str, Any]:
    """A mapping, or the text of one in JSON."""
    given = plugin.get("init_config") or {}
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except (ValueError, RecursionError):
            raise BadKey("plugins", f"plugins: the init_config of the plugin {name} is not JSON") from None
    if not isinstance(given, dict):
        raise BadKey("plugins", f"plugins: the init_config of the plugin {name}: a mapping is wanted")
    return given
