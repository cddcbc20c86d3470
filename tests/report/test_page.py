"""Pages: one file that allows nothing but itself, the same bytes every time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import re
from pathlib import Path

import pytest

from pysysdig.report.page import page
from tests.report.made import document_of


def test_only_its_own_scripts_may_run(root: Path) -> None:
    document = document_of(root / "captures" / "demo.scap")
    document["about"]["title"] = "</title><script>alert(1)</script>"
    text = page(document).decode()
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)[0]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert len(scripts) == 2
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert not re.findall(r"(?:src|href)=|@import|url\(", text)


def test_the_same_bytes(root: Path) -> None:
    path = root / "captures" / "demo.scap"
    made = page(document_of(path))
    assert made == page(document_of(path))
    data = re.findall(r'id="data">([^<]+)<', made.decode())[0]
    assert json.loads(gzip.decompress(base64.b64decode(data)))["tiles"][0]["total"] > 3000
    assert len(made) < 1_000_000
    assert "Permission is hereby granted" in made.decode()


def test_what_is_too_large_is_cut_and_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(root / "captures" / "demo.scap")
    whole = page(document)
    monkeypatch.setattr("pysysdig.report.page.MOST", len(whole) - 1)
    made = page(document)
    assert len(made) < len(whole)
    data = re.findall(r'id="data">([^<]+)<', made.decode())[0]
    unpacked = json.loads(gzip.decompress(base64.b64decode(data)))
    assert any("are left out" in note for note in unpacked["notes"])
    assert not any(t.get("cube") for t in unpacked["tables"])


def test_long_texts_are_cut_before_anything_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(root / "captures" / "demo.scap")
    small = len(page(document))
    files = next(table for table in document["tables"] if table["view"] == "files")
    at = [column["title"] for column in files["columns"]].index("FILENAME")
    for i, row in enumerate(files["rows"]):
        row[at] = "/" + random.Random(i).randbytes(4000).hex()
        files["keys"][i] = f'"{row[at]}"'
    monkeypatch.setattr("pysysdig.report.page.MOST", small + 400 * len(files["rows"]))
    assert len(files["rows"]) > 20
    data = re.findall(r'id="data">([^<]+)<', page(document).decode())[0]
    made = json.loads(gzip.decompress(base64.b64decode(data)))
    (note,) = made["notes"]
    assert note.startswith("The ends of texts of more than 300 characters")
    cut = next(table for table in made["tables"] if table["view"] == "files")
    assert all(row[at] == old[at][:300] + "…" for row, old in zip(cut["rows"], files["rows"]))
    assert set(cut["keys"]) == {""} and cut["cube"]
    assert made["processes"]["rows"] == document["processes"]["rows"]
