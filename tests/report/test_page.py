"""Pages: one file that allows nothing but itself, the same bytes every time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
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
