"""What a set of rule files amounts to once it is loaded: rules, macros, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysysdig.filter.ast import Expr
    from pysysdig.rules.appended import ExtraField
    from pysysdig.rules.engine_outline import Outline
    from pysysdig.rules.results import Context, FileResult
    from pysysdig.rules.version import PluginRequirement, Version

# by number: the lower, the more severe
PRIORITIES = ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug")

SYSCALL = "syscall"


def parse_priority(text: str) -> int | None:
    """The number of a priority, in any case; `info` is short for Informational. None: there is no such priority."""
    name = text.lower()
    if name == "info":
        name = "informational"
    for number, known in enumerate(PRIORITIES):
        if known.lower() == name:
            return number
    return None


class Entry:
    """A scalar of an exception, or a list of entries.

    text   the scalar, "" for a list
    items  None for a scalar
    """

    __slots__ = ("items", "text")

    def __init__(self, text: str, items: list[Entry] | None = None) -> None:
        self.text = text
        self.items = items


class RuleException:
    """One entry under `exceptions`: None as fields or comps means that they were not given."""

    __slots__ = ("comps", "context", "fields", "name", "values")

    def __init__(self, name: str, fields: Entry | None, comps: Entry | None, values: list[Entry], context: Context) -> None:
        self.name = name
        self.fields = fields
        self.comps = comps
        self.values = values
        self.context = context


class RuleList:
    """A list.

    items     as written, appended ones included
    compiled  with the items of lists defined earlier in place of their names
    used      whether a condition or another list refers to it
    index, visibility  ordinals of the item that defined it first and that changed it last
    """

    __slots__ = ("compiled", "context", "index", "items", "name", "used", "visibility")

    def __init__(self, name: str, items: list[str], context: Context) -> None:
        self.name = name
        self.items = items
        self.compiled: list[str] = []
        self.used = False
        self.context = context
        self.index = 0
        self.visibility = 0


class Macro:
    """A macro.

    condition  text as written, appended ones included
    parsed     its tree with lists replaced, macros not; None until it is compiled
    ast        the same with macros replaced, too
    used       whether a condition or another macro refers to it
    """

    __slots__ = ("ast", "condition", "condition_context", "context", "index", "name", "parsed", "used", "visibility")

    def __init__(self, name: str, condition: str, context: Context, condition_context: Context) -> None:
        self.name = name
        self.condition = condition
        self.parsed: Expr | None = None
        self.ast: Expr | None = None
        self.used = False
        self.context = context
        self.condition_context = condition_context
        self.index = 0
        self.visibility = 0


class Rule:
    """A rule.

    condition   text as written, appended ones included, exceptions not
    parsed      the condition with lists replaced and exceptions added, macros not; None for rules kept from an earlier run
    ast         the same with macros replaced, too. Macros that several rules use are
                the same objects in all of them, so that their work can be shared
    output      text as written, appended ones included
    priority    number, PRIORITIES[priority] is its name
    tags        sorted, without repetition
    enabled     what the files say; options that enable and disable rules come after
    output_compiled  with what is appended to the output, without %container.info
    extra_fields     what the configuration adds to the fields of alerts, by name
    exception_fields  the fields that its exceptions compare
    outline           what is known of the condition in the current generation, once somebody has found out
    catalogue         the name of the catalogue of fields (eventsources/registry.py) that it sees
    unknown_source    no such source here: the rule is not loaded
    """

    __slots__ = (
        "ast", "capture", "capture_duration", "catalogue", "condition", "condition_context", "context", "description", "enabled",
        "exception_fields", "exceptions", "extra_fields", "index", "name", "outline", "output", "output_compiled",
        "output_context", "parsed", "priority", "skip_if_unknown_filter", "source", "tags", "unknown_source", "visibility",
        "warn_evttypes",
    )  # fmt: skip

    def __init__(
        self, name: str, condition: str, output: str, description: str, priority: int, context: Context,
        condition_context: Context, output_context: Context,
    ) -> None:  # fmt: skip
        self.name = name
        self.condition = condition
        self.output = output
        self.description = description
        self.priority = priority
        self.context = context
        self.condition_context = condition_context
        self.output_context = output_context
        self.source = self.catalogue = SYSCALL
        self.enabled = True
        self.capture = False
        self.capture_duration = 0  # milliseconds; 0 = the default
        self.warn_evttypes = True
        self.skip_if_unknown_filter = False
        self.tags: list[str] = []
        self.exceptions: list[RuleException] = []
        self.output_compiled = output
        self.extra_fields: dict[str, ExtraField] = {}
        self.exception_fields: list[str] = []
        self.parsed: Expr | None = None
        self.ast: Expr | None = None
        self.outline: Outline | None = None
        self.unknown_source = False
        self.index = 0
        self.visibility = 0

    @property
    def tree(self) -> Expr:
        """`ast` of a rule that is loaded."""
        assert self.ast is not None
        return self.ast


class RuleSet:
    """The outcome of loading rule files.

    rules     loaded rules in load order; empty if any file has errors
    macros    in order of definition
    lists     in order of definition
    results   one for each file that was read, in order: errors and warnings with codes, places and snippets
    required_engine_version    the highest one asked for
    required_plugin_versions   in the order of the files
    missing_plugins            why rules that need plugins cannot be used, "" if there are none
    """

    __slots__ = (
        "lists", "macros", "missing_plugins", "required_engine_version", "required_plugin_versions", "results", "rules",
    )  # fmt: skip

    def __init__(
        self, rules: list[Rule], macros: list[Macro], lists: list[RuleList], results: list[FileResult],
        engine: Version, plugins: list[list[PluginRequirement]], missing_plugins: str,
    ) -> None:  # fmt: skip
        self.rules = rules
        self.macros = macros
        self.lists = lists
        self.results = results
        self.required_engine_version = engine
        self.required_plugin_versions = plugins
        self.missing_plugins = missing_plugins

    @property
    def successful(self) -> bool:
        """Whether no file has errors."""
        return all(r.successful for r in self.results)
