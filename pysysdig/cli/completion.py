"""Shell completion: what may come next on a command line. Options are completed by click, from the option table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from pysysdig.cli.command import PROGRAM, command
from pysysdig.cli.commands import COMMANDS, find
from pysysdig.errors import PysysdigError, UsageError

SHELLS = ("bash", "zsh", "fish")
_OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob", "in",
    "intersects", "pmatch", "exists",
)  # fmt: skip
_EQUALITY = ("=", "==", "!=")
# `evt.type=op`, `(evt.type!=`: what precedes the value, the field, the value so far
_COMPARISON = re.compile(r"(\(*([\w.]+(?:\[[^]]*\])?)(?:!=|==?))(.*)", re.ASCII | re.DOTALL)
_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])", re.ASCII)


class _Filter(click.Argument):
    """The words of the filter."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        words = list(ctx.params.get(self.name or "") or ())
        chisels = ctx.params.get("chisel") or ()
        if chisels and not words:
            from pysysdig.chiselkit.listing import completions

            found = completions(chisels[-1], ctx.params.get("chisel_dir") or ())
            if found is not None:
                return _starting(found, incomplete)
        return _starting(_next_words(words, incomplete), incomplete)


def _next_words(words: Sequence[str], incomplete: str) -> list[str]:
    """What may follow the words of a filter, where `incomplete` is being typed."""
    from pysysdig.fields.choices import choices
    from pysysdig.fields.listing import listed

    comparison = _COMPARISON.match(incomplete)
    if comparison:
        return [comparison[1] + value for value in choices(comparison[2])]
    if len(words) >= 2 and words[-1] in _EQUALITY:
        return choices(words[-2].lstrip("(").rstrip("!"))  # for bash, `fd.type!=` is `fd.type!` and `=`
    if words and "." in words[-1] and not _COMPARISON.match(words[-1]):
        return list(_OPERATORS)
    return [f.name for some in listed().values() for f in some] + ["and", "or", "not"]


def _chisel_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from pysysdig.chiselkit.loader import names

    return _starting(names(ctx.params.get("chisel_dir") or ()), incomplete)


def _rule_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _starting((rule.name for rule in _rules(ctx)), incomplete)


def _tags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _starting({tag for rule in _rules(ctx) for tag in rule.tags}, incomplete)


def _rules(ctx: click.Context) -> list:  # type: ignore[type-arg]
    """The rules of the files that were named so far; none if they cannot be loaded."""
    from pysysdig.rules.files import rule_files
    from pysysdig.rules.load import load_rules

    named = [*(ctx.params.get("rules") or ()), *(ctx.params.get("validate") or ())]
    try:
        return list(load_rules(rule_files(named)).rules)
    except PysysdigError:
        return []


def _views(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from pysysdig.views.loader import view_ids

    return _starting(view_ids(ctx.params.get("chisel_dir") or ()), incomplete)


COMPLETERS = {
    "view": _views,
    "chisel": _chisel_names,
    "chisel_info": _chisel_names,
    "describe_rule": _rule_names,
    "enable_rule": _rule_names,
    "disable_rule": _rule_names,
    "enable_tag": _tags,
    "disable_tag": _tags,
}


def _of_command(args: Sequence[str], incomplete: str) -> list[CompletionItem] | None:
    """What may come next after a command that was named first: its verbs, then the options of the verb, or files; None if none
    was named."""
    found = find(args)
    if found is None:
        return None
    rest = list(args[1:])
    while found is not None and found.verbs():
        if not rest:
            return _starting((verb.name for verb in found.verbs()), incomplete)
        found = find(rest, found.verbs())
        del rest[0]
    if found is not None and found.syntax is not None and incomplete.startswith("-"):
        return _starting((f"--{o.long}" for o in found.syntax.options if o.long), incomplete)
    return [CompletionItem(incomplete, type="file")]


def _starting(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _completion(shell: str, variable: str) -> ShellComplete:
    cls = get_completion_class(shell)
    if cls is None:
        raise UsageError(f"no completion for '{shell}': choose bash, zsh or fish")
    return cls(command(_Filter(["filter"], nargs=-1, required=False), COMPLETERS), {}, PROGRAM, variable)


def script(shell: str, variable: str) -> str:
    """The script that a shell sources to complete our command lines."""
    return _completion(shell, variable).source() + "\n"


def answer(variable: str, instruction: str) -> str:
    """What the script asks for (`bash_complete`, `zsh_source` ...), answered for the words in the environment."""
    shell, _, what = instruction.partition("_")
    completion = _completion(shell, variable)
    if what == "source":
        return completion.source() + "\n"
    args, incomplete = completion.get_completion_args()
    own = _of_command(args, incomplete)
    if own is not None:
        return "\n".join(map(completion.format_completion, own)) + "\n"
    if shell == "bash" and incomplete in _EQUALITY and args and not args[-1].startswith("-"):
        args, incomplete = [*args, incomplete], ""  # for bash, `evt.type=` is two words, and the value a third
    items = completion.get_completions(args, incomplete)
    if not args:
        items += _starting((c.name for c in COMMANDS), incomplete)
    if shell == "bash":  # what it inserts has to be quoted, and click's script unquotes once
        for item in items:
            item.value = _BASH_SPECIAL.sub(r"\\\\\1", item.value) if item.type == "plain" else item.value
    return "\n".join(map(completion.format_completion, items)) + "\n"
