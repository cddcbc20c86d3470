"""YAML of a rule file to definitions in a Collection, checked one by one.

The order of the checks decides which error is found first; it is Falco's. Reading goes on after it, with the rest of a rule and
of the file, so that all errors are found in one run; nothing of the file is used then.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from pysysdig.errors import did_you_mean
from pysysdig.rules.collection import Collection, RuleChanges
from pysysdig.rules.exceptions import read_exceptions
from pysysdig.rules.model import Macro, Rule, RuleList
from pysysdig.rules.results import (
    DEPRECATED_ITEM,
    INVALID_LIST_NAME,
    INVALID_MACRO_NAME,
    UNKNOWN_ITEM,
    UNKNOWN_KEY,
    VALIDATE,
    YAML_VALIDATE,
    Context,
    FileResult,
    LoadError,
    Problem,
    file_context,
)
from pysysdig.rules.values import Values, error, parse_unsigned
from pysysdig.rules.version import ENGINE, PluginRequirement, Version, parse_version
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, SEQUENCE, Document, Node

T = TypeVar("T")
_IDENTIFIER = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_BARE_STRING = re.compile(r"[^()\"' \t\n\v\f\r=,]+")

_APPEND_DEPRECATED = "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
_ENABLED_DEPRECATED = (
    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the "
    "'override' key (i.e. 'enabled: replace')."
)
_OVERRIDE_AND_APPEND = (
    "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under "
    "'override' instead."
)

# keys of an item -> attributes of a Rule
_APPENDABLE = {
    "condition": "condition", "exceptions": "exceptions", "output": "output", "desc": "description", "tags": "tags",
}  # fmt: skip
_REPLACEABLE = {
    **_APPENDABLE, "priority": "priority", "capture": "capture", "capture_duration": "capture_duration",
    "enabled": "enabled", "warn_evttypes": "warn_evttypes", "skip-if-unknown-filter": "skip_if_unknown_filter",
}  # fmt: skip
_RULE_KEYS = frozenset({"rule", "source", "override", "append", *_REPLACEABLE})
_LIST_KEYS = frozenset({"list", "items", "append", "override"})
_MACRO_KEYS = frozenset({"macro", "condition", "append", "override"})
_SWITCHES = ("enabled", "capture", "warn_evttypes", "skip-if-unknown-filter")


def read(document: Document, roots: list[Node], collection: Collection, result: FileResult) -> None:
    """Add the definitions of a file to the collection; errors and warnings to the result."""
    reader = _Reader(document, collection, result)
    top = file_context(result.name)
    for root in roots:
        if root.kind != SEQUENCE:
            kind = " array of objects" if root.kind == MAPPING else ""
            hint = "a rule file is a sequence: each item begins with '- '"
            result.error(Problem(YAML_VALIDATE, f"Rules content is not yaml{kind}", top, hint))
            continue
        for item in root.items:
            if item.kind == NULL:
                continue
            if result.hopeless:
                return
            try:
                reader.item(item, top)
            except LoadError as e:
                result.error(e.problem)


class _Reader(Values):
    """Reads items."""

    def __init__(self, document: Document, collection: Collection, result: FileResult) -> None:
        super().__init__(document)
        self.collection = collection
        self.result = result

    # --- items

    def item(self, item: Node, top: Context) -> None:
        """Anything at the top level."""
        if item.kind != MAPPING:
            raise error(
                "Unexpected element type. Each element should be a yaml associative array.",
                self.context(top, "rules content item", "", item),
            )
        for key, read_item in (
            ("required_engine_version", self.engine), ("required_plugin_versions", self.plugins), ("list", self.read_list),
            ("macro", self.read_macro), ("rule", self.read_rule),
        ):  # fmt: skip
            if key in item.entries:
                read_item(item, top)
                return
        self.result.warn(UNKNOWN_ITEM, "Unknown top level item", self.context(top, "rules content item", "", item))

    def unknown_keys(self, item: Node, known: frozenset[str], context: Context) -> None:
        for key, _ in item.pairs:
            if key.kind not in (SCALAR, NULL):
                raise LoadError(Problem(VALIDATE, "the keys of an item must be scalars", context))
            if key.text not in known:
                message = f"Unknown key '{key.text}'. The key will be ignored."
                hint = did_you_mean(key.text, sorted(known)) if self.result.room > 0 else ""
                self.result.warn(UNKNOWN_KEY, message, context, hint=hint)

    def engine(self, item: Node, top: Context) -> None:
        context = self.context(top, "required_engine_version", "", item)
        text = self.scalar(item, "required_engine_version", context)
        number = parse_unsigned(text)
        version = parse_version(text) if number is None else Version(ENGINE.major, number, ENGINE.patch)
        if version is None:
            raise error(f"Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format.", context)
        self.collection.require_engine(version, context)
        self.unknown_keys(item, frozenset({"required_engine_version"}), context)

    def plugins(self, item: Node, top: Context) -> None:
        node = item.entries["required_plugin_versions"]
        context = self.context(top, "required plugin versions", "", node)
        if node.kind != SEQUENCE:
            raise error("Value of required_plugin_versions must be a sequence", context)
        for plugin in node.items:
            required, where = self.plugin(plugin, "required plugin versions entry", "Plugin version", context)
            alternatives = [required]
            others = plugin.get("alternatives")
            if others is not None:
                if others.kind != SEQUENCE:
                    raise error("Value of plugin version alternatives must be a sequence", where)
                kind = "required plugin versions alternative"
                alternatives += [self.plugin(other, kind, "Plugin version alternative", where)[0] for other in others.items]
            self.collection.require_plugin(alternatives, where)
        where = self.context(top, "required plugin versions", "", item)
        self.unknown_keys(item, frozenset({"required_plugin_versions"}), where)

    def plugin(self, node: Node, kind: str, what: str, context: Context) -> tuple[PluginRequirement, Context]:
        """Name and version of a plugin, and where they are."""
        where = self.context(context, kind, "", node)
        if node.kind != MAPPING:
            raise error(f"{what} must be a mapping", where)
        name = self.scalar(node, "name", where)
        where = self.context(context, kind, name, node)
        return PluginRequirement(name, self.scalar(node, "version", where)), where

    def appends(self, item: Node, context: Context) -> bool:
        """The key `append`."""
        if "append" not in item.entries or not self.switch(item, "append", context):
            return False
        self.result.warn(DEPRECATED_ITEM, _APPEND_DEPRECATED, context)
        return True

    def read_list(self, item: Node, top: Context) -> None:
        name = self.scalar(item, "list", self.context(top, "list", "", item))
        context = self.context(top, "list", name, item)
        if not _BARE_STRING.fullmatch(name):
            self.result.warn(
                INVALID_LIST_NAME,
                "List has an invalid name. List names should match a regular expression: ([^()\"'[:space:]=,]+)",
                context,
            )
        new = RuleList(name, self.strings(item, "items", context), context)
        append = self.appends(item, context)
        added, replaced = self.overrides(item, ("items",), ("items",), context)
        if append and (added or replaced):
            raise error(_OVERRIDE_AND_APPEND, context)
        if append or added:
            self.collection.append_list(new)
        else:
            self.collection.define_list(new)
        self.unknown_keys(item, _LIST_KEYS, context)

    def read_macro(self, item: Node, top: Context) -> None:
        name = self.scalar(item, "macro", self.context(top, "macro", "", item))
        context = self.context(top, "macro", name, item)
        if not _IDENTIFIER.fullmatch(name):
            self.result.warn(
                INVALID_MACRO_NAME,
                "Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)",
                context,
            )
        condition = self.scalar(item, "condition", context)
        new = Macro(name, condition, context, self.context(context, "macro condition", "", item.entries["condition"]))
        append = self.appends(item, context)
        added, replaced = self.overrides(item, ("condition",), ("condition",), context)
        if append and (added or replaced):
            raise error(_OVERRIDE_AND_APPEND, context)
        if append or added:
            self.collection.append_macro(new)
        else:
            self.collection.define_macro(new)
        self.unknown_keys(item, _MACRO_KEYS, context)

    # --- rules

    def read_rule(self, item: Node, top: Context) -> None:
        name = self.scalar(item, "rule", self.context(top, "rule", "", item))
        context = self.context(top, "rule", name, item)
        source = ""
        node = item.get("source")
        if node is not None and node.kind != NULL and (node.kind != SCALAR or node.text):
            source = self.scalar(item, "source", context)
        append = self.appends(item, context)
        added, replaced = self.overrides(item, tuple(_APPENDABLE), tuple(_REPLACEABLE), context)
        if added or replaced:
            if append:
                raise error(_OVERRIDE_AND_APPEND, context)
            self.override_rule(item, name, source, added, replaced, context)
        elif append:
            changes = RuleChanges(name, context)
            changes.source = source
            if "condition" in item.entries:
                changes.values["condition"] = self.scalar(item, "condition", context)
            if "exceptions" in item.entries:
                changes.values["exceptions"] = read_exceptions(self, item, context, self.result, append=True)
            self.collection.append_rule(changes)
        elif not any(key in item.entries for key in ("condition", "output", "desc", "priority")):
            enabled = self.switch(item, "enabled", context)
            self.result.warn(DEPRECATED_ITEM, _ENABLED_DEPRECATED, context)
            self.collection.enable_rule(name, enabled, context)
        else:
            rule = self.new_rule(item, name, context)
            if rule is not None:
                self.collection.define_rule(rule, self.result)
        self.unknown_keys(item, _RULE_KEYS, context)

    def attempt(self, take: Callable[[], T], otherwise: T) -> T:
        """What `take` gives. If that is an error it is noted, and `otherwise` stands in: what comes behind is looked at, too."""
        try:
            return take()
        except LoadError as e:
            self.result.error(e.problem)
            return otherwise

    def new_rule(self, item: Node, name: str, context: Context) -> Rule | None:
        """None if it has no condition that could be looked at."""

        def text(key: str) -> str:
            return self.attempt(lambda: self.scalar(item, key, context), "")

        def place(key: str) -> Context:
            return self.context(context, f"rule {key}", "", item.entries.get(key, item))

        condition = self.attempt(lambda: self.scalar(item, "condition", context), None)
        output, description = text("output"), text("desc")
        priority = self.attempt(lambda: self.priority(item, context), 0)
        output = output.strip(" \t\n\v\f\r")
        rule = Rule(name, condition or "", output, description, priority, context, place("condition"), place("output"))
        if "source" in item.entries:
            rule.source = self.attempt(lambda: self.scalar(item, "source", context), rule.source)
        for key in _REPLACEABLE:
            if key in item.entries and (key in _SWITCHES or key == "capture_duration"):
                read_value = self.switch if key in _SWITCHES else self.unsigned
                self.attempt(functools.partial(self.set_value, rule, _REPLACEABLE[key], read_value, item, key, context), None)
        if "tags" in item.entries:
            rule.tags = self.attempt(lambda: sorted(set(self.strings(item, "tags", context))), rule.tags)
        rule.exceptions = self.attempt(lambda: read_exceptions(self, item, context, self.result, append=False), [])
        return rule if condition is not None else None

    @staticmethod
    def set_value(rule: Rule, attribute: str, read_value: Callable[..., object], item: Node, key: str, context: Context) -> None:
        setattr(rule, attribute, read_value(item, key, context))

    def override_rule(
        self, item: Node, name: str, source: str, added: Sequence[str], replaced: Sequence[str], context: Context
    ) -> None:
        """`override`: appends first, then replacements."""
        expected = {key for key in _REPLACEABLE if key in item.entries}
        for keys, kind in ((added, "append"), (replaced, "replace")):
            if not keys:
                continue
            changes = RuleChanges(name, context)
            for key, attribute in _REPLACEABLE.items():
                if key not in keys:
                    continue
                if key not in expected:
                    raise error(f"An {kind} override for '{key}' was specified but '{key}' is not defined", context)
                expected.remove(key)
                if key == "condition":
                    changes.source = source
                changes.values[attribute] = self.part(item, key, context, kind == "append")
            if kind == "append":
                self.collection.append_rule(changes)
            else:
                self.collection.replace_rule(changes)
        for key in sorted(expected):
            raise error(
                f"Unexpected key '{key}': no corresponding entry under 'override' is defined.",
                self.context(context, "overrides", key, item.entries[key]),
            )

    def part(self, item: Node, key: str, context: Context, append: bool) -> object:
        """The value of one overridden key."""
        if key == "exceptions":
            return read_exceptions(self, item, context, self.result, append=append)
        if key == "tags":
            return sorted(set(self.strings(item, "tags", context)))
        if key == "priority":
            return self.priority(item, context)
        if key == "capture_duration":
            return self.unsigned(item, key, context)
        return self.switch(item, key, context) if key in _SWITCHES else self.scalar(item, key, context)

    def overrides(
        self, item: Node, appendable: Sequence[str], replaceable: Sequence[str], context: Context
    ) -> tuple[list[str], list[str]]:
        """The keys under `override` that say append, and those that say replace."""
        added: list[str] = []
        replaced: list[str] = []
        node = item.get("override")
        if node is None:
            return added, replaced
        context = self.context(context, "overrides", "", item)
        if node.kind == SEQUENCE or any(n.kind != SCALAR for pair in node.pairs for n in pair):
            raise LoadError(Problem(VALIDATE, "'override' must be a mapping of keys to append or replace", context))
        for key_node, operation in node.pairs:
            key = key_node.text
            where = self.context(context, "overrides", key, key_node)
            if operation.text == "append":
                if key not in appendable:
                    raise error(f"Key '{key}' cannot be appended to, use 'replace' instead", where)
                added.append(key)
            elif operation.text == "replace":
                if key not in replaceable:
                    raise error(f"Key '{key}' cannot be replaced", where)
                replaced.append(key)
            else:
                allowed = "append " * (key in appendable) + "replace " * (key in replaceable)
                raise error(
                    f"Invalid override operation for key '{key}': '{operation.text}'. Allowed values are: {allowed}",
                    self.context(context, "value for", key, operation),
                )
        return added, replaced
