"""Which Falco the service stands in for, as others ask it (`falcoctl artifact follow` refuses rules that need another one)."""

from __future__ import annotations

import json

from pysysdig import __version__
from pysysdig.rules.version import ENGINE

FALCO = "0.45.0"  # whose rules, configuration and outputs are understood here
LIBS = "0.25.0"
_DRIVER_API, _DRIVER_SCHEMA, _PLUGIN_API = "10.1.0", "4.5.1", "3.12.0"
_CONTAINER_PLUGIN = "0.7.0"  # what it does is built in


def versions() -> dict[str, object]:
    """The object that /versions answers with."""
    return {
        "default_driver_version": f"{_DRIVER_API}+driver",
        "driver_api_version": _DRIVER_API,
        "driver_schema_version": _DRIVER_SCHEMA,
        "engine_version": str(ENGINE.minor),
        "engine_version_semver": str(ENGINE),
        "falco_version": FALCO,
        "libs_version": LIBS,
        "plugin_api_version": _PLUGIN_API,
        "plugin_versions": {"container": _CONTAINER_PLUGIN},
    }


def versions_json() -> str:
    """The same, compact, keys sorted."""
    return json.dumps(versions(), sort_keys=True, separators=(",", ":"))


def text() -> str:
    """As `falco --version` prints them, and ours first."""
    return (
        f"pysysdig version: {__version__}\nFalco version: {FALCO}\nLibs version:  {LIBS}\nPlugin API:    {_PLUGIN_API}\n"
        f"Engine:        {ENGINE}\nDriver:\n  API version:    {_DRIVER_API}\n  Schema version: {_DRIVER_SCHEMA}\n"
        f"  Default driver: {_DRIVER_API}+driver\n"
    )
