"""Texts that --help and the manual page share."""

from __future__ import annotations

from pysysdig.cli.options import NONE, OPTIONAL, OPTIONS, Option

SUMMARY = "Print the system calls recorded in a capture, filtered and formatted as sysdig and Falco do."
NOTES = (
    (
        "Filters",
        "What is left of the command line, joined by blanks, is the filter: "
        "comparisons of fields (--list) joined by and, or, not, in parentheses.",
    ),
    ("Formats", "The default format is: %evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"),
)
EXAMPLES = (
    ("The processes that read and write most bytes of files", "pysysdig -r capture.scap -c topprocs_file"),
    ("All events of a capture", "pysysdig -r capture.scap"),
    ("The files that cat opened", "pysysdig -r capture.scap proc.name=cat and evt.type=openat"),
    ("Only their names", 'pysysdig -r capture.scap -p"%evt.arg.name" proc.name=cat and evt.type=openat'),
    ("Standard input, the first ten events, as JSON", "zcat capture.scap.gz | pysysdig -r - -j -n 10"),
)


def usage(option: Option) -> str:
    """How an option is written: `-r, --readfile FILE`, `-l, --list[=SOURCE]`."""
    forms = []
    if option.short:
        forms.append(f"-{option.short}" + (f"[{option.metavar}]" if option.takes == OPTIONAL else ""))
    if option.long:
        forms.append(f"--{option.long}" + (f"[={option.metavar}]" if option.arg == OPTIONAL else ""))
    text = ", ".join(forms)
    return text if option.arg in (NONE, OPTIONAL) else f"{text} {option.metavar}"


def refused() -> list[tuple[str, str]]:
    """Options that are recognised but cannot be used: (why, the options)."""
    out: dict[str, list[str]] = {}
    for option in OPTIONS:
        if option.refuse:
            out.setdefault(option.refuse, []).append(usage(option))
    return [(why[0].upper() + why[1:], ", ".join(forms)) for why, forms in out.items()]
