"""What lint finds, and how it is put right."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.workbench.source import Item, RuleFile, Sources, Written

ERROR, WARNING, NOTE = "error", "warning", "note"
LEVELS = (ERROR, WARNING, NOTE)


class Code(NamedTuple):
    """A kind of finding: its name, the level it has unless the settings say otherwise, what it is about."""

    code: str
    name: str
    level: str
    short: str
    help: str


CODES = (
    Code("PS001", "precedence", WARNING, "`or` beside `and` without brackets",
         "`and` binds tighter than `or`: `a and b or c` is `(a and b) or c`. Brackets say what is meant."),
    Code("PS002", "cannot-fire", WARNING, "The rule can never fire",
         "Its comparisons contradict each other, or none of its event types is ever tried."),
    Code("PS003", "syscall-gap", WARNING, "A system call is named, but not those that do the same",
         "Programs of today open files with openat and openat2: a rule that names open alone is silent."),
    Code("PS004", "long-process-name", WARNING, "A process name of more than 15 bytes",
         "The kernel keeps 15 bytes of the name of a program: a longer constant is never equal to it."),
    Code("PS005", "not-equal", NOTE, "`!=` on a field that may have no value, or several",
         "A comparison of a missing value is false, also with !=; of several values one is enough. `not FIELD = VALUE` is the "
         "negation of the comparison."),
    Code("PS006", "missing-value", WARNING, "A comparison with the text <NA>",
         "A value that is missing is shown as <NA>, but is not this text: the comparison is false. Use `exists`."),
    Code("PS007", "shadowed", WARNING, "An earlier rule takes all events of this one",
         "Only the first rule that matches an event raises an alert (rule_matching: first)."),
    Code("PS008", "redefined", WARNING, "A later file redefines a macro or list",
         "The later definition counts for all rules, also those of earlier files. Say `override` if that is meant."),
    Code("PS009", "exception", WARNING, "An exception that does nothing, or cannot be seen",
         "A row that another one contains, that contradicts the condition, or whose fields the output does not show."),
    Code("PS010", "path", WARNING, "A path that is never equal to a file's name",
         "Names of files are absolute, and do not end with a slash."),
    Code("PS011", "success", NOTE, "Failed calls match, too",
         "A call that failed is an event as well: a file that was not opened still has a name. Compare evt.res or fd.num if only "
         "successful calls are meant."),
    Code("PS012", "output-field", WARNING, "A field of the output has no value for the events of the rule",
         "It is shown as <NA> in every alert."),
    Code("PS013", "expensive-first", NOTE, "An expensive comparison before a cheap one",
         "Falco evaluates comparisons in the order in which they are written."),
    Code("PS014", "attack-tag", WARNING, "A tag of ATT&CK that is unknown, or at odds with another",
         "Tags name techniques (T1059, T1059.004) and tactics (mitre_execution)."),
    Code("PS015", "untested", NOTE, "No test expects an alert of this rule",
         "Looked for if the settings or --tests name test files."),
)  # fmt: skip
BY_CODE = {code.code: code for code in CODES}


class Edit(NamedTuple):
    """Replace the characters from start to end of a file by a text."""

    file: RuleFile
    start: int
    end: int
    text: str


class Fix(NamedTuple):
    """How a finding is put right, and the names of the rules that it changes."""

    description: str
    edits: tuple[Edit, ...]
    rules: frozenset[str] = frozenset()


class Finding(NamedTuple):
    """One thing that is found.

    code      PS001... or a code of the loader (LOAD_...)
    file      its name; text: its content
    start, end   where (characters)
    kind, item   of the rule, macro or list it is in; "" if in none
    subject   what in it, for fingerprints: independent of where it stands
    suppressed   a comment says that it is meant
    """

    code: str
    level: str
    message: str
    file: str
    text: str
    start: int
    end: int
    kind: str = ""
    item: str = ""
    subject: str = ""
    fix: Fix | None = None
    suppressed: bool = False

    def lines(self) -> tuple[int, int, int, int]:
        """Line and column of the start and of the end, from 1, in characters."""
        out: list[int] = []
        for at in (self.start, self.end):
            line = self.text.rfind("\n", 0, at) + 1
            out += [self.text.count("\n", 0, line) + 1, at - line + 1]
        return out[0], out[1], out[2], out[3]


def found(
    code: str, message: str, item: Item, span: tuple[int, int] | None = None, subject: str = "", fix: Fix | None = None,
    level: str = "",
) -> Finding:  # fmt: skip
    """A finding in an item; without a span at its name."""
    if span is None:
        node = item.node.entries[item.kind]
        span = (node.index, node.end)
    file = item.file
    level = level or BY_CODE[code].level
    return Finding(code, level, message, file.name, file.text, *span, item.kind, item.name, subject, fix)


def whole(written: Written) -> tuple[int, int]:
    """The span of a scalar."""
    return written.span(0, len(written.text.encode()))


__all__ = ["BY_CODE", "CODES", "Code", "Edit", "Finding", "Fix", "Item", "Sources", "found", "whole"]
