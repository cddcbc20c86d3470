"""`--support`: what those who help ask for, as one JSON object."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from pysysdig.rules.config_tree import read
from pysysdig.rules.version import ENGINE
from pysysdig.rules.yamldoc import MAX_BYTES
from pysysdig.service.config import ServiceConfig
from pysysdig.service.versions import FALCO


def report(words: Sequence[str], path: str, options: Sequence[str], given: Sequence[str]) -> str:
    """words: the command line; the rest as of loaded.load. Raises UsageError."""
    config = ServiceConfig(read(path, options))
    system = os.uname()
    files = [{"name": name, "variants": [{"content": _content(name)}]} for name in config.rules.rule_paths(given)]
    out = {
        "cmdline": " ".join(words),
        "config": _content(path),
        "engine_info": {"engine_version": ENGINE.minor, "engine_version_semver": str(ENGINE)},
        "rules_files": files,
        "system_info": {
            "machine": system.machine,
            "nodename": system.nodename,
            "release": system.release,
            "sysname": system.sysname,
            "version": system.version,
        },
        "version": FALCO,
    }
    return json.dumps(out) + "\n"


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
