"""Texts that --help and the manual page share."""

from __future__ import annotations

from pysysdig.cli.option import NONE, OPTIONAL, Option
from pysysdig.cli.options import OPTIONS

SUMMARY = "Capture, filter and inspect system calls, live or recorded, as sysdig and Falco do."
DESCRIPTION = (
    "Without -r, the running machine is captured with eBPF (as root; --doctor checks what is needed). With -r, captures are "
    "read: those of sysdig and Falco (.scap, plain or compressed with gzip), and traces of our own (.pscap), which are smaller "
    "and faster.",
    "The events that pass the filter are printed (-p chooses the format, -j JSON), written to a file (-w), handed to chisels, "
    "which sum them up or look into them (-c; -cl lists them), or tried against the rules of Falco, which raise alerts "
    "(--rules).",
    "The command line is that of sysdig.",
)
NOTES = (
    (
        "Filters",
        "What is left of the command line, joined by blanks, is the filter: "
        "comparisons of fields (--list) joined by and, or, not, in parentheses.",
    ),
    ("Formats", "The default format is: %evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"),
)
EXAMPLES = (
    ("What happens on this machine, until Ctrl-C", "pysysdig"),
    ("The files that cat opens from now on", "pysysdig proc.name=cat and evt.type=openat"),
    ("Who uses the disks most, anew every second", "pysysdig -c topprocs_file"),
    ("Record a minute", "pysysdig -M 60 -w trace.pscap"),
    ("Alerts of Falco's rules, as they come up", "pysysdig --rules falco_rules.yaml"),
    ("The alerts that a recording would have raised, as JSON", "pysysdig -r trace.pscap -j --rules falco_rules.yaml"),
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
