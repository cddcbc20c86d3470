"""The options of Falco's rules: which there are, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.cli import values
from pysysdig.cli.meanings import Act, Add, Call, Draft, Put
from pysysdig.cli.option import NONE, REQUIRED, Option

if TYPE_CHECKING:
    from pysysdig.cli.getopt import Arguments

RULES = "Falco rules"


def _validate(draft: Draft, text: str, line: Arguments) -> bool:
    """--validate: what else is asked about the rules goes before."""
    draft.add("rules.validate", text)
    if draft.action == "run":
        draft.action = "validate"
    return False


RULE_OPTIONS = (
    Option(
        "rules",
        "",
        "rules",
        REQUIRED,
        "FILE",
        RULES,
        "Print the alerts that the Falco rules in FILE (or in the YAML files of a directory) raise, and a summary. May be "
        "repeated: later files change what earlier ones say. -j prints Falco's JSON; a filter leaves out events first.",
        Add("rules.files"),
    ),
    Option(
        "validate",
        "V",
        "validate",
        REQUIRED,
        "FILE",
        RULES,
        "Check the rule file FILE (or those in a directory) and say what is wrong with it; with -j as Falco's JSON. May be "
        "repeated. The exit status is 1 if any file has errors.",
        Call(_validate),
    ),
    Option(
        "list_rules",
        "",
        "list-rules",
        NONE,
        "",
        RULES,
        "With --rules or --validate: list the rules; with -j everything about rules, macros and lists.",
        Act("list_rules", ends=False),
    ),
    Option(
        "describe_rule",
        "",
        "describe-rule",
        REQUIRED,
        "NAME",
        RULES,
        "With --rules or --validate: show what the rule NAME amounts to: its condition with macros and lists replaced, the "
        "fields, the events.",
        Act("describe_rule", ends=False),
    ),
    Option(
        "enable_rule",
        "",
        "enable-rule",
        REQUIRED,
        "PATTERN",
        RULES,
        "Enable rules by name; * is any text. May be repeated.",
        Add("rules.switches", lambda pattern: (True, "rule", pattern)),
    ),
    Option(
        "disable_rule",
        "",
        "disable-rule",
        REQUIRED,
        "PATTERN",
        RULES,
        "Disable rules by name, as --enable-rule.",
        Add("rules.switches", lambda pattern: (False, "rule", pattern)),
    ),
    Option(
        "enable_tag",
        "",
        "enable-tag",
        REQUIRED,
        "TAG",
        RULES,
        "Enable the rules that have TAG. May be repeated.",
        Add("rules.switches", lambda tag: (True, "tag", tag)),
    ),
    Option(
        "disable_tag",
        "",
        "disable-tag",
        REQUIRED,
        "TAG",
        RULES,
        "Disable the rules that have TAG. May be repeated.",
        Add("rules.switches", lambda tag: (False, "tag", tag)),
    ),
    Option(
        "config",
        "",
        "config",
        REQUIRED,
        "FILE",
        RULES,
        "Falco's configuration (falco.yaml): its keys about rules and the format of alerts count, others are ignored.",
        Put("rules.config", parse=str),
    ),
    Option(
        "config_option",
        "o",
        "option",
        REQUIRED,
        "KEY=VALUE",
        RULES,
        "Set a key of Falco's configuration, such as priority=warning, rule_matching=all or 'rules[].disable.tag=network'. "
        "May be repeated.",
        Add("rules.options"),
    ),
    Option(
        "enter_events",
        "",
        "enter-events",
        NONE,
        "",
        RULES,
        "Rules see enter and exit events, as in Falco before 0.42, instead of exit events with all parameters. For old rules "
        "that tell them apart by evt.dir.",
        Put("rules.enter_events"),
    ),
    Option(
        "explain",
        "",
        "explain",
        REQUIRED,
        "NAME",
        RULES,
        "Tell in the end why the rule NAME fired or did not: never tried, which events came closest and what they lacked. May be "
        "repeated. With -v there is one line for each rule without alerts.",
        Add("rules.explain"),
    ),
    Option(
        "fail_on",
        "",
        "fail-on",
        REQUIRED,
        "PRIORITY",
        RULES,
        "End with status 1 if there are alerts of this priority or a more severe one.",
        Put("rules.fail_on", parse=values.priority),
    ),
)
