"""The manual page, made from the option table: `python -m pysysdig.cli.manpage > man/pysysdig.8`."""

from __future__ import annotations

import re

from pysysdig import __version__
from pysysdig.cli.commands import COMMANDS, Command
from pysysdig.cli.option import OPTIONAL, REQUIRED, Option
from pysysdig.cli.options import GROUPS, OPTIONS
from pysysdig.cli.texts import DESCRIPTION, EXAMPLES, NOTES, SUMMARY, refused

_EXIT = "0 when the capture was read to its end, to -n or -M, or until the program was interrupted; 1 after an error, which standard error tells in one line. Where a capture is cut short or damaged, everything before that place has been printed by then."  # noqa: E501


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped)


def _option(option: Option) -> str:
    forms = []
    argument = f"\\fI{_text(option.metavar)}\\fR"
    if option.short:
        glue = {REQUIRED: f" {argument}" if not option.long else "", OPTIONAL: f"[{argument}]"}.get(option.takes, "")
        forms.append(f"\\fB\\-{option.short}\\fR{glue}")
    if option.long:
        glue = {REQUIRED: f" {argument}", OPTIONAL: f"[={argument}]"}.get(option.arg, "")
        forms.append(f"\\fB{_text('--' + option.long)}\\fR{glue}")
    return f".TP\n{', '.join(forms)}\n{_text(option.help)}\n"


def _verb(verb: Command) -> str:
    """A verb of a command and its options."""
    syntax = verb.syntax
    if syntax is None:
        return f".SS {_text(verb.name)}\n{_text(verb.summary)}\n" + "".join(map(_verb, verb.verbs()))
    head = f".SS {_text(syntax.name)} \\fR[\\fIoption\\fR]... {_text(syntax.words)}\n{_text(syntax.about)}\n"
    return head + "".join(map(_option, syntax.options))


def page() -> str:
    """The page as roff source."""
    out = [
        f'.\\" Made by pysysdig.cli.manpage from the option table; do not edit.\n.TH PYSYSDIG 8 "" "pysysdig {__version__}"\n',
        f".SH NAME\npysysdig \\- {_text(SUMMARY[0].lower() + SUMMARY[1:].rstrip('.'))}\n",
        ".SH SYNOPSIS\n.B pysysdig\n[\\fIoption\\fR]... [\\fIfilter\\fR]\n"
        + "".join(f".br\n.B pysysdig {_text(c.name)}\n\\fIcommand\\fR ...\n" for c in COMMANDS),
        ".SH DESCRIPTION\n" + "\n.PP\n".join(map(_text, DESCRIPTION)) + "\n",
        ".SH OPTIONS\nOptions and words of the filter may be mixed. Short options may be bundled, long ones shortened.\n",
    ]
    for group in GROUPS:
        some = [o for o in OPTIONS if o.group == group and not o.refuse]
        if some:
            out.append(f".SS {_text(group)}\n" + "".join(map(_option, some)))
    out.append(".SS Recognised, but refused\n" + "".join(f"{_text(why)}: {_text(forms)}.\n.PP\n" for why, forms in refused()))
    out.append(".SH COMMANDS\nWhere the first word is one of these, its own command line follows; \\-\\-help tells more.\n")
    for command in COMMANDS:
        out.append(f".TP\n\\fB{_text(command.name)}\\fR\n{_text(command.summary)}\n")
        out += map(_verb, command.verbs())
    for heading, text in NOTES:
        out.append(f".SH {heading.upper()}\n{_text(text)}\n")
    out.append(f".SH EXIT STATUS\n{_text(_EXIT)}\n.SH EXAMPLES\n")
    for what, line in EXAMPLES:
        out.append(f"{_text(what)}:\n.PP\n.RS\n.nf\n{_text(line)}\n.fi\n.RE\n.PP\n")
    out.append(".SH SEE ALSO\n.BR sysdig (8)\n")
    return "".join(out)


if __name__ == "__main__":
    print(page(), end="")
