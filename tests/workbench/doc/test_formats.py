"""Documentation is text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pysysdig.workbench.doc.formats import FORMATS
from pysysdig.workbench.doc.model import Documented

EVIL = "<script>x</script>|`\x1b[2J\n# title ```\n| a |"
RULE = Documented(EVIL, EVIL, "Notice", EVIL, EVIL, (EVIL, "T1059"), False, (EVIL,), "other", True, 3)


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


def test_hostile_rules_stay_text() -> None:
    for name, make in FORMATS.items():
        text = make([RULE])
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), name
    page = Tags()
    page.feed(FORMATS["html"]([RULE]))
    assert "script" not in page.seen and page.seen.count("h2") == 2
    headings = [line for line in FORMATS["markdown"]([RULE]).splitlines() if line.startswith("#")]
    assert len([line for line in headings if line.startswith("## ")]) == 2 and headings.count("# Rules") == 1
    rows = [line for line in FORMATS["markdown"]([RULE]).splitlines() if line.startswith("| Execution")]
    assert len(rows) == 1 and len(re.split(r"(?<!\\)\|", rows[0])) == 7
