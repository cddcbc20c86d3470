"""What the program is made after: generated modules follow the tables, citations lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.tables import generated

CITATION = re.compile(r"(?:docs/reference|tables)/[\w.-]+\.(?:md|json)(?: \d+(?:(?:, | and )\d+)*)?")


@pytest.mark.parametrize("path", generated())
def test_generated_modules_are_current(root: Path, path: str) -> None:
    assert (root / path).read_text() == generated()[path], "make tables"


def citations(root: Path) -> Iterator[tuple[str, str]]:
    """(file that cites, what it cites) of all sources."""
    for folder in ("pysysdig", "chisels", "probe", "tests", "tools"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".c", ".h"):
                for found in CITATION.findall(path.read_text()):
                    yield str(path.relative_to(root)), found


def test_citations_lead_somewhere(root: Path) -> None:
    """To a file, and to the numbered sections that are named."""
    cited = list(citations(root))
    assert len(cited) > 40
    for where, what in cited:
        target = root / what.split(" ")[0]
        assert target.is_file(), (where, what)
        headings = set(re.findall(r"^## (\d+)\.", target.read_text(), re.M))
        assert headings.issuperset(re.findall(r" (\d+)", what)), (where, what)


def test_links_of_documents_lead_somewhere(root: Path) -> None:
    for page in [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("captures/*.md")]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / link).exists(), (page.name, link)
