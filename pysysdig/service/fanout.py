"""The outputs that have falcosidekick's configuration keys: sections below `pysysdig.outputs`, or its own config.yaml and
environment."""

from __future__ import annotations

import functools
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import wanted
from pysysdig.alerts.outputs import SERVICES
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import UsageError
from pysysdig.output.stream import Output
from pysysdig.rules.config_tree import at, read, text
from pysysdig.service.plan import Planned

if TYPE_CHECKING:
    from pysysdig.service.config import ServiceConfig

KEY = "pysysdig.outputs"
_SIDEKICK = "pysysdig.sidekick"
# keys of falcosidekick's that count for all of its outputs
_COMMON = ("customfields", "customtags", "mutualtlsfilespath", "mutualtlsclient", "tlsclient")


def planned(config: ServiceConfig) -> list[Planned]:
    """Those that are enabled. Raises UsageError."""
    ours = _sections(at(config.tree, KEY), KEY)
    theirs = sidekick(text(at(config.tree, _SIDEKICK)))
    out: list[Planned] = []
    known = {service.section for service in SERVICES}
    for name in ours:
        if name not in known and name not in _COMMON and name != "otlp":
            raise UsageError(f"configuration: {KEY}.{name}: there is no such output; there are {', '.join(sorted(known))}")
    for service in SERVICES:
        for tree in (ours, theirs):
            common = {key: tree[key] for key in _COMMON if key in tree}
            for section in _each(at(tree, service.section)):
                lower = {key.lower(): value for key, value in section.items()}
                if text(lower.get(service.key)) or isinstance(lower.get(service.key), list):
                    number = sum(plan.kind == service.section for plan in out)
                    name = text(lower.get("name")) or service.section.replace(".", "_") + (f"_{number + 1}" if number else "")
                    setting = Setting(name, {**common, **lower}, Output(), json=True)
                    made = functools.partial(_made, service.module, setting)
                    out.append(Planned(name, setting.section, made, True, wanted(lower, name), service.section))
    names = [plan.name for plan in out]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"configuration: {KEY}: two outputs are called {name}")
    return out


def _made(module: str, setting: Setting) -> AlertOutput:
    output: AlertOutput = import_module(module).Output(setting)
    return output


def _sections(tree: Any, what: str) -> dict[str, Any]:
    if tree is None or tree == "":
        return {}
    if not isinstance(tree, dict):
        raise UsageError(f"configuration key {what}: outputs by their names")
    return tree


def _each(value: Any) -> list[dict[str, Any]]:
    """A section, or several of one kind."""
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def sidekick(path: str) -> dict[str, Any]:
    """falcosidekick's configuration: a config.yaml ("" = none), and over it the environment (SLACK_WEBHOOKURL ...) if `path` is
    not empty; "environment" stands for that alone. Raises UsageError."""
    if not path:
        return {}
    tree = {} if path == "environment" else {key.lower(): value for key, value in read(path).items()}
    for service in SERVICES:
        start = service.section.replace(".", "_").upper() + "_"
        for name, value in os.environ.items():
            if name.startswith(start) and name != start:
                here = tree
                for part in service.section.split("."):
                    below = here.get(part)
                    here[part] = here = below if isinstance(below, dict) else {}
                here[name[len(start) :].lower()] = value
    for key in ("customfields", "customtags"):
        if os.environ.get(key.upper()):
            tree[key] = os.environ[key.upper()]
    return tree
