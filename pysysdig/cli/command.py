"""The click side of the command line: --help and shell completion, made from the option table.

click is only imported here, when help or completion is asked for: it costs as much time as the first line of a replay.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from pysysdig.cli.options import GROUPS, NONE, OPTIONS
from pysysdig.cli.texts import EXAMPLES, NOTES, SUMMARY, refused, usage
from pysysdig.errors import UsageError

PROGRAM = "pysysdig"
_OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob", "in",
    "intersects", "pmatch", "exists",
)  # fmt: skip


class _Command(click.Command):
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in GROUPS:
            rows = [(usage(o), o.help) for o in OPTIONS if o.group == group and not o.refuse]
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows, col_max=34)
        with formatter.section("Recognised, but refused"):
            for why, forms in refused():
                formatter.write_text(f"{why}: {forms}.")
        for heading, text in NOTES:
            with formatter.section(heading):
                formatter.write_text(text)
        with formatter.section("Examples"):
            for what, line in EXAMPLES:
                formatter.write_text(f"{what}:")
                formatter.write(f"      {line}\n")


class _Filter(click.Argument):
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from pysysdig.cli.listing import listed

        words = list(ctx.params.get(self.name or "") or ())
        chisels = ctx.params.get("chisel") or ()
        if chisels and not words:
            from pysysdig.chiselkit.listing import completions

            found = completions(chisels[-1], ctx.params.get("chisel_dir") or ())
            if found is not None:
                return [CompletionItem(w) for w in found if w.startswith(incomplete)]
        if words and "." in words[-1]:
            found = list(_OPERATORS)
        else:
            found = [f.name for some in listed().values() for f in some] + ["and", "or", "not"]
        return [CompletionItem(w) for w in found if w.startswith(incomplete)]


def _chisel_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from pysysdig.chiselkit.loader import names

    return [CompletionItem(n) for n in names(ctx.params.get("chisel_dir") or ()) if n.startswith(incomplete)]


def command() -> click.Command:
    """The command line as click knows it; parsing itself is `getopt.Arguments`."""
    params: list[click.Parameter] = []
    for option in OPTIONS:
        names = [f"-{option.short}"] * bool(option.short) + [f"--{option.long}"] * bool(option.long)
        path = option.metavar in ("FILE", "PATH", "SOCKET", "DIR")
        kind = click.Path() if path else click.Choice(["bash", "zsh", "fish"]) if option.key == "completion" else click.STRING
        if option.arg == NONE:
            params.append(click.Option([*names, option.key], is_flag=True, help=option.help))
        else:
            more = {"shell_complete": _chisel_names} if option.key in ("chisel", "chisel_info") else {}
            params.append(
                click.Option(
                    [*names, option.key],
                    type=kind,
                    metavar=option.metavar,
                    multiple=True,
                    help=option.help,
                    **more,  # type: ignore[arg-type]
                )
            )
    params.append(_Filter(["filter"], nargs=-1, required=False))
    return _Command(
        PROGRAM, params=params, help=SUMMARY, add_help_option=False, context_settings={"allow_interspersed_args": True}
    )


def help_text() -> str:
    """The --help page."""
    cmd = command()
    with click.Context(cmd, info_name=PROGRAM, max_content_width=110) as ctx:
        return cmd.get_help(ctx) + "\n"


def _completion(shell: str, variable: str) -> ShellComplete:
    cls = get_completion_class(shell)
    if cls is None:
        raise UsageError(f"no completion for '{shell}': choose bash, zsh or fish")
    return cls(command(), {}, PROGRAM, variable)


def completion_script(shell: str, variable: str) -> str:
    """The script that a shell sources to complete our command lines."""
    return _completion(shell, variable).source() + "\n"


def complete(variable: str, instruction: str) -> str:
    """What the script asks for (`bash_complete`, `zsh_source` ...), answered for the words in the environment."""
    shell, _, what = instruction.partition("_")
    completion = _completion(shell, variable)
    return (completion.source() if what == "source" else completion.complete()) + "\n"
