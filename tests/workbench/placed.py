"""Values of test files as they are read: with their place."""

from __future__ import annotations

from pysysdig.rules.yamldoc import Document, Node
from pysysdig.workbench.reading import Place


def placed(text: str) -> tuple[Place, Node]:
    """A value that a test file says (YAML), and the place of that file."""
    document = Document(f"- {text}".encode())
    ((node,),) = (root.items for root in document.read())
    return Place("t.yaml", document), node
