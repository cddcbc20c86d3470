"""The click side of the command line, made from the option table: --help, and what `completion.py` builds on.

click is only imported in these two, when help or completion is asked for: it costs as much time as the first line of a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click
from click.shell_completion import CompletionItem

from pysysdig.cli.commands import COMMANDS
from pysysdig.cli.option import NONE
from pysysdig.cli.options import GROUPS, OPTIONS
from pysysdig.cli.texts import DESCRIPTION, EXAMPLES, NOTES, SUMMARY, refused, usage

PROGRAM = "pysysdig"


class _Command(click.Command):
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in GROUPS:
            rows = [(usage(o), o.help) for o in OPTIONS if o.group == group and not o.refuse]
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows, col_max=34)
        with formatter.section("Commands, as the first word"):
            formatter.write_dl([(c.name, f"{c.summary} (pysysdig {c.name} --help)") for c in COMMANDS])
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


_Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def command(words: click.Argument | None = None, completers: Mapping[str, _Completer] | None = None) -> click.Command:
    """The command line as click knows it; parsing itself is `getopt.Arguments`.

    words        the argument for the words of the filter, None: a plain one
    completers   by the key of an option: what can be its argument
    """
    params: list[click.Parameter] = []
    for option in OPTIONS:
        names = [f"-{option.short}"] * bool(option.short) + [f"--{option.long}"] * bool(option.long)
        path = option.metavar in ("FILE", "PATH", "SOCKET", "DIR")
        kind = click.Path() if path else click.Choice(["bash", "zsh", "fish"]) if option.key == "completion" else click.STRING
        if option.arg == NONE:
            params.append(click.Option([*names, option.key], is_flag=True, help=option.help))
        else:
            params.append(
                click.Option(
                    [*names, option.key],
                    type=kind,
                    metavar=option.metavar,
                    multiple=True,
                    help=option.help,
                    shell_complete=(completers or {}).get(option.key),
                )
            )
    params.append(words or click.Argument(["filter"], nargs=-1, required=False))
    return _Command(
        PROGRAM,
        params=params,
        help="\n\n".join((SUMMARY, *DESCRIPTION)),
        add_help_option=False,
        context_settings={"allow_interspersed_args": True},
    )


def help_text() -> str:
    """The --help page."""
    cmd = command()
    with click.Context(cmd, info_name=PROGRAM, max_content_width=110) as ctx:
        return cmd.get_help(ctx) + "\n"
