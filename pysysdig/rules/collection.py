"""What files define, in order: definitions replace, add to and switch earlier ones.

Everything here is about the objects; their conditions are not looked at before all of a file is read.
"""

from __future__ import annotations

from typing import Any

from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user
from pysysdig.eventsources import registry
from pysysdig.fields.catalogue import BEFORE_CONTAINER
from pysysdig.fields.lookup import lookup
from pysysdig.filter import tokens
from pysysdig.filter.compiler import compile_filter
from pysysdig.rules.model import SYSCALL, Entry, Macro, Rule, RuleException, RuleList
from pysysdig.rules.results import UNKNOWN_SOURCE, VALIDATE, Context, FileResult, LoadError, Problem
from pysysdig.rules.version import CONTAINER_PLUGIN, ENGINE, NO_VERSION, PluginRequirement, Version, parse_version

# sources of well-known plugins, whose events are not supported
_PLUGIN_SOURCES = ("aws_cloudtrail", "okta", "github", "gcp_auditlog")

_BLANKS = " \t\r\n"


def has_modifier(op: str) -> bool:
    """Whether `op` is an operator with oneof, anyof or allof (`startswith oneof`)."""
    base, _, modifier = op.partition(" ")
    return modifier in tokens.MODIFIERS and base in tokens.STRING_OPERATORS


def takes_list(op: str) -> bool:
    """Whether the right side of an operator is a list."""
    return op in tokens.LIST_OPERATORS or has_modifier(op)


class RuleChanges:
    """What `append: true` or an `override` changes of a rule: only what is given is there.

    values  by the name of the attribute of Rule
    """

    __slots__ = ("context", "name", "source", "values")

    def __init__(self, name: str, context: Context) -> None:
        self.name = name
        self.context = context
        self.source = ""
        self.values: dict[str, Any] = {}


class Collection:
    """Lists, macros and rules by name, in order of their first definition."""

    def __init__(self, every_source: bool = False) -> None:
        """every_source: rules of all sources that there are count; else those of system calls, and of sources whose plugin the
        files require."""
        self.lists: dict[str, RuleList] = {}
        self.macros: dict[str, Macro] = {}
        self.rules: dict[str, Rule] = {}
        self.engine: Version = NO_VERSION
        self.plugins: list[list[PluginRequirement]] = []
        self._ordinal = 0
        self._every_source = every_source
        self._fields: dict[tuple[str, str], bool] = {}

    def _next(self) -> int:
        self._ordinal += 1
        return self._ordinal - 1

    # --- sources

    def catalogue(self, source: str) -> str:
        """The name of the catalogue of fields that rules of a source see; "" if there is no such source."""
        required = {name for alternatives in self.plugins for name, _ in alternatives}
        if source == SYSCALL:
            older = NO_VERSION < self.engine < CONTAINER_PLUGIN and "container" not in required
            return BEFORE_CONTAINER if older else SYSCALL
        found = registry.source(source)
        if found is None:
            return ""
        if not self._every_source and required.isdisjoint(found.provides()):
            return ""
        return found.catalogue_for(required)

    # --- requirements

    def require_engine(self, version: Version, context: Context) -> None:
        """`required_engine_version`."""
        if not ENGINE.satisfies(version):
            raise _error(f"Rules require engine version {version}, but engine version is {ENGINE}", context)
        self.engine = max(self.engine, version)

    def require_plugin(self, alternatives: list[PluginRequirement], context: Context) -> None:
        """An entry of `required_plugin_versions`: the plugin or one of its alternatives."""
        names = set()
        for name, version in alternatives:
            if parse_version(version) is None:
                raise _error(f"Invalid required version '{version}' for plugin '{name}'", context)
            if name in names:
                raise _error(f"Defined multiple alternative version requirements for plugin '{name}'", context)
            names.add(name)
        self.plugins.append(alternatives)

    # --- lists and macros

    def define_list(self, new: RuleList) -> None:
        """A list, in place of one of the same name."""
        _place(self.lists, new, self._next())

    def append_list(self, new: RuleList) -> None:
        """More items for a list."""
        old = self.lists.get(new.name)
        if old is None:
            raise _error("List uses 'append' or 'override.items: append' but no list by that name already exists", new.context)
        old.items += new.items
        old.visibility = self._next()

    def define_macro(self, new: Macro) -> None:
        """A macro, in place of one of the same name."""
        _place(self.macros, new, self._next())

    def append_macro(self, new: Macro) -> None:
        """More text for the condition of a macro."""
        old = self.macros.get(new.name)
        if old is None:
            raise _error(
                "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists", new.context
            )
        old.condition += " " + new.condition
        old.visibility = self._next()

    # --- rules

    def define_rule(self, new: Rule, result: FileResult) -> None:
        """A rule, in place of one of the same name."""
        self._previous(new.name, new.source, new.context)
        if not self.catalogue(new.source):
            new.unknown_source = True
            hint = "its events come from a plugin, and plugins are not supported" if new.source in _PLUGIN_SOURCES else ""
            if registry.source(new.source) is not None:
                hint = "the files do not require its plugin; runs with these rules know the source nevertheless"
            result.warn(UNKNOWN_SOURCE, f"Unknown source {new.source}, skipping", new.context, hint=hint)
        try:
            for exception in new.exceptions:
                if not _given(exception.fields):
                    raise _error("Rule exception item must have fields property with a list of fields", exception.context)
                self._check_exception(exception, new.source)
        except LoadError:
            new.exceptions = []  # the rest of the rule is looked at nevertheless
            raise
        finally:
            _place(self.rules, new, self._next())

    def enable_rule(self, name: str, enabled: bool, context: Context) -> None:
        """Switch an earlier rule on or off."""
        old = self.rules.get(name)
        if old is None:
            raise _error("Rule has 'enabled' key but no rule by that name already exists", context)
        old.enabled = enabled

    def append_rule(self, new: RuleChanges) -> None:
        """Add to texts, tags and exceptions of a rule."""
        old = self._previous(new.name, new.source, new.context)
        if old is None:
            raise _error("Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists", new.context)
        if not new.values:
            raise _error("Appended rule must have exceptions or condition property", new.context)
        for key, value in new.values.items():
            if key == "tags":
                old.tags = sorted({*old.tags, *value})
            elif key == "exceptions":
                known = {exception.name: exception for exception in reversed(old.exceptions)}
                for exception in value:
                    self._append_exception(old, known, exception)
            else:
                setattr(old, key, f"{getattr(old, key)} {value}")
        old.visibility = self._next()

    def replace_rule(self, new: RuleChanges) -> None:
        """Replace parts of a rule."""
        old = self._previous(new.name, new.source, new.context)
        if old is None:
            raise _error(
                "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists", new.context
            )
        for exception in new.values.get("exceptions", ()):
            if not _given(exception.fields):
                raise _error("Rule exception item must have fields property with a list of fields", exception.context)
            self._check_exception(exception, old.source)
        for key, value in new.values.items():
            setattr(old, key, value)
        old.visibility = self._next()

    def _previous(self, name: str, source: str, context: Context) -> Rule | None:
        old = self.rules.get(name)
        if old is not None and old.source and source and old.source != source:
            raise _error("Rule has been re-defined with a different source", context)
        return old

    # --- exceptions

    def _append_exception(self, rule: Rule, known: dict[str, RuleException], new: RuleException) -> None:
        """`known`: the exceptions of the rule by name, of equal names the first."""
        old = known.get(new.name)
        if old is None:
            if not _given(new.fields):
                raise _error("Rule exception must have fields property with a list of fields", new.context)
            if not new.values:
                raise _error("Rule exception must have values property with a list of values", new.context)
            self._check_exception(new, rule.source)
            rule.exceptions.append(new)
            known[new.name] = new
            return
        for part, what in ((new.fields, "fields"), (new.comps, "comps")):
            if _given(part):
                raise _error(f"Can not append exception {what} to existing exception, only values", new.context)
        old.values += new.values

    def _check_exception(self, exception: RuleException, source: str) -> None:
        """Complete the comparison operators; check them and the fields."""
        fields, context = exception.fields, exception.context
        assert fields is not None
        if fields.items is not None:
            names = [f.text for f in fields.items]
            if not _given(exception.comps):
                exception.comps = Entry("", [Entry("=") for _ in names])
            comps = exception.comps
            assert comps is not None
            items = comps.items or []
            if len(names) != len(items):
                raise _error("Fields and comps lists must have equal length", context)
            for comp in items:
                comp.text = comp.text.strip(_BLANKS)
                if comp.text not in tokens.OPERATORS and not has_modifier(comp.text):
                    raise _error(f"'{comp.text}' is not a supported comparison operator", context)
        else:
            names = [fields.text]
            if not _given(exception.comps):
                exception.comps = Entry("in")
            comps = exception.comps
            assert comps is not None
            if comps.items is not None:
                raise _error("Fields and comps must both be strings", context)
            comps.text = comps.text.strip(_BLANKS)
            if not takes_list(comps.text):
                raise _error(
                    "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator "
                    "(e.g. startswith oneof)",
                    context,
                )
        catalogue = self.catalogue(source)
        if catalogue:
            for name in names:
                if not self._is_field(name, catalogue):
                    raise _error(f"'{name}' is not a supported filter field", context)

    def _is_field(self, text: str, catalogue: str) -> bool:
        """Whether something can be compared: a field, or a transformer of one."""
        known = self._fields.get((text, catalogue))
        if known is None:
            try:
                fields = registry.catalogue(catalogue)
                if "(" in text:
                    compile_filter(f"{text} exists", CURRENT, catalogue=fields)
                else:
                    lookup(from_user(text), CURRENT, catalogue=fields)
                known = True
            except PysysdigError:
                known = False
            self._fields[text, catalogue] = known
        return known


def _given(entry: Entry | None) -> bool:
    return entry is not None and bool(entry.text if entry.items is None else entry.items)


def _place(known: dict[str, Any], new: Any, ordinal: int) -> None:
    """Put a definition where the first one of its name was."""
    old = known.get(new.name)
    new.index = ordinal if old is None else old.index
    new.visibility = ordinal
    known[new.name] = new


def _error(message: str, context: Context) -> LoadError:
    return LoadError(Problem(VALIDATE, message, context))
