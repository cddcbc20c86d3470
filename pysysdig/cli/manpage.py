"""The manual pages, made from the option tables: `python -m pysysdig.cli.manpage > man/pysysdig.8`; `pcsysdig` for its own."""

from __future__ import annotations

import re
import sys

from pysysdig import __version__
from pysysdig.cli import csysdig
from pysysdig.cli.commands import COMMANDS, Command
from pysysdig.cli.option import OPTIONAL, REQUIRED, Option
from pysysdig.cli.options import GROUPS, OPTIONS
from pysysdig.cli.texts import DESCRIPTION, EXAMPLES, NOTES, SUMMARY, refused

_EXIT = "0 when the capture was read to its end, to -n or -M, or until the program was interrupted; 1 after an error, which standard error tells in one line. Where a capture is cut short or damaged, everything before that place has been printed by then."  # noqa: E501

_CSYSDIG = "Shows the views of the running machine, or of a capture (-r), on the terminal: processes, files, connections, errors, system calls. What is selected is drilled into, echoed, dug into. The filter is one of sysdig's language. Needs the extra `ui`: pip install 'pysysdig[ui]'."  # noqa: E501


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


def csysdig_page() -> str:
    """The page of pcsysdig as roff source."""
    out = [
        f'.\\" Made by pysysdig.cli.manpage from the option table; do not edit.\n.TH PCSYSDIG 8 "" "pysysdig {__version__}"\n',
        ".SH NAME\npcsysdig \\- csysdig's views on the terminal, with its command line\n",
        ".SH SYNOPSIS\n.B pcsysdig\n[\\fIoption\\fR]... [\\fIfilter\\fR]\n",
        f".SH DESCRIPTION\n{_text(_CSYSDIG)}\n.SH OPTIONS\n",
    ]
    for row in csysdig.OPTIONS:
        names = [f"\\fB{_text(name)}\\fR" for name in ([f"-{row.short}"] if row.short else []) + [f"--{row.long}"]]
        argument = f" \\fI{_text(row.metavar)}\\fR" if row.metavar else ""
        out.append(f".TP\n{', '.join(names)}{argument}\n{_text(row.help)}\n")
    out.append(
        f".SH KEYS\n{_text('F1 shows the keys that work on a screen.')}\n.SH SEE ALSO\n.BR pysysdig (8),\n.BR csysdig (8)\n"
    )
    return "".join(out)


if __name__ == "__main__":
    print(csysdig_page() if sys.argv[1:] == [csysdig.PROGRAM] else page(), end="")
