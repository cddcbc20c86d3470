"""Constants that the values of a field are never equal to: names that the kernel cuts, paths that are none."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.workbench.lint.model import NOTE, Edit, Fix, Item

NAME_BYTES = 15  # of a process name that the kernel keeps
NAME_FIELDS = ("proc.name", "proc.pname", "proc.aname", "proc.sname", "proc.vpgid.name", "proc.pgid.name", "proc.sid.name")
PATH_FIELDS = (
    "fd.name", "fd.directory", "proc.exepath", "proc.pexepath", "proc.aexepath", "fs.path.name", "fs.path.source",
    "fs.path.target",
)  # fmt: skip
_EQUALITY = ("=", "==", "!=", "in")
_COMPARED = (*_EQUALITY, "startswith", "pmatch")


class Wrong(NamedTuple):
    """What is wrong with a constant; better: what is perhaps meant, "" if nobody knows; how: it is better; level: if it is
    not that of the code."""

    code: str
    message: str
    better: str = ""
    how: str = ""
    level: str = ""

    def fix(self, item: Item, span: tuple[int, int], rules: frozenset[str]) -> Fix | None:
        """Put the better one in its place, in the same quotes."""
        shown = item.file.text[slice(*span)]
        if not self.better or not shown.isascii():
            return None
        quote = shown[0] if shown[:1] in ("'", '"') else ""
        return Fix(self.how, (Edit(item.file, *span, f"{quote}{self.better}{quote}"),), rules)


def wrong(field: str, op: str, text: str) -> Wrong | None:
    """What is wrong with a constant (byte text) that a field (without argument) is compared with; None: nothing."""
    if op not in _COMPARED:
        return None
    if field in NAME_FIELDS and op != "pmatch":
        if len(text) > NAME_BYTES:
            cut = text[:NAME_BYTES]
            message = f"'{text}' has {len(text)} bytes: the kernel cuts names of processes after 15, so nothing is called that"
            return Wrong("PS004", message, cut, f"cut it to {cut}")
        if text.startswith("/"):
            message = f"'{text}' is a path: {field} is a name without folders, unless the program names itself so"
            return Wrong("PS010", message, level=NOTE)
        return None
    if field not in PATH_FIELDS or not text:
        return None
    if op in _EQUALITY and len(text) > 1 and text.endswith("/"):
        return Wrong("PS010", f"'{text}' ends with a slash: {field} never does", text.rstrip("/"), "without the slash")
    if "/" in text and text[0] not in "/*" and ":" not in text and "->" not in text:
        return Wrong("PS010", f"'{text}' is no absolute path: {field} is one, so they are never equal")
    return None
