"""What tuning is about."""

from __future__ import annotations

import re
from typing import NamedTuple

# fields that an exception may compare. Strong ones say who it was in a way that whoever breaks in does not choose
STRONG = (
    "container.image.repository", "k8s.ns.name", "k8s.deployment.name", "proc.exepath", "proc.pexepath", "user.name", "user.uid",
    "user.loginname", "group.name", "ka.user.name",
)  # fmt: skip
WEAK = (
    "proc.name", "proc.pname", "proc.aname[2]", "proc.exe", "container.name", "k8s.pod.name", "ka.target.namespace",
    "ka.target.name", "ka.useragent",
)  # fmt: skip
PATHS = ("fd.name", "fd.directory", "fs.path.name", "fs.path.source", "fs.path.target")
ALWAYS = (
    "container.image.repository", "k8s.ns.name", "proc.exepath", "user.name", "proc.name", "proc.pname", "ka.user.name",
    "ka.target.namespace",
)  # fmt: skip
# whoever can write a file can choose such a path
_WRITABLE = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/home/", "/root/", "/proc/", "memfd:")
# such a program does what a file tells it that whoever breaks in can write
_INTERPRETER = re.compile(
    r"(bash|sh|dash|zsh|fish|ash|ksh|csh|tcsh|busybox|python|perl|ruby|node|php|java|lua|tclsh|awk|gawk|mawk)[\d.]*"
)
_SAFE = re.compile(r"[A-Za-z0-9_./:@+~%-]+")
_EVERYBODY = ("root", "0", "<NA>", "host", "system:anonymous")


class Raised(NamedTuple):
    """An alert: where, and the values of the fields that an exception may compare (what is missing is not there)."""

    rule: str
    trace: str
    section: int
    event: int
    text: str
    fields: dict[str, str]


class Cell(NamedTuple):
    """What an exception compares of one field: `op` is = (one value), in or pmatch."""

    field: str
    op: str
    values: tuple[str, ...]

    def fits(self, value: str | None) -> bool:
        """Whether a value is one of those meant."""
        if value is None:
            return False
        if self.op == "pmatch":
            return any(value == folder or value.startswith(folder.rstrip("/") + "/") for folder in self.values)
        return value in self.values


class Proposal(NamedTuple):
    """One row of an exception.

    name   of the exception
    group  how many alerts it was made for
    weak   it rests on what whoever breaks in can choose
    """

    rule: str
    name: str
    cells: tuple[Cell, ...]
    group: int
    weak: bool

    def patch(self) -> str:
        """As a rule file that is loaded after the others."""
        fields = ", ".join(cell.field for cell in self.cells)
        comps = ", ".join(f'"{cell.op}"' if cell.op == "=" else cell.op for cell in self.cells)
        row = ", ".join(cell.values[0] if cell.op == "=" else f"[{', '.join(cell.values)}]" for cell in self.cells)
        return (
            f"- rule: {_scalar(self.rule)}\n  exceptions:\n  - name: {self.name}\n    fields: [{fields}]\n    comps: [{comps}]\n"
            f"    values:\n    - [{row}]\n  override: {{exceptions: append}}\n"
        )

    def fits(self, raised: Raised) -> bool:
        """Whether it is about an alert."""
        return raised.rule == self.rule and all(cell.fits(raised.fields.get(cell.field)) for cell in self.cells)


def _scalar(text: str) -> str:
    """A text as YAML: in quotes, so that it is nothing else."""
    import json

    return json.dumps(text, ensure_ascii=False)


def usable(value: str) -> bool:
    """Whether a value can stand in a rule file as it is."""
    return _SAFE.fullmatch(value) is not None and value != "<NA>"


def strong(field: str, value: str) -> bool:
    """Whether a value says who it was in a way that whoever breaks in does not choose."""
    if field not in STRONG or value in _EVERYBODY or value.startswith(_WRITABLE):
        return False
    return not (field.endswith("exepath") and _INTERPRETER.fullmatch(value.rpartition("/")[2]))
