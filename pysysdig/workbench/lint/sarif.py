"""SARIF 2.1.0, the format in which code scanning services take findings."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any
from urllib.parse import quote

from pysysdig import __version__
from pysysdig.output.terminal import escaped
from pysysdig.rules.results import ERROR_TEXTS, WARNING_TEXTS
from pysysdig.workbench.lint.model import CODES, ERROR, WARNING, Code, Finding, Fix
from pysysdig.workbench.lint.run import Linted

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_INFORMATION = "https://falco.org/docs/concepts/rules/"


def _codes() -> list[Code]:
    """All kinds of findings, those of the loader, too."""
    errors = [Code(code, code, ERROR, text, text) for code, text in ERROR_TEXTS.items()]
    warnings = [Code(code, code, WARNING, short, text) for code, (short, text) in WARNING_TEXTS.items()]
    return [*CODES, *errors, *warnings]


def sarif(linted: Linted) -> str:
    """One log with one run; all kinds of findings are described in it, also if nothing was found."""
    codes = _codes()
    index = {code.code: number for number, code in enumerate(codes)}
    driver = {
        "name": "pysysdig",
        "semanticVersion": __version__,
        "informationUri": _INFORMATION,
        "rules": [
            {
                "id": code.code,
                "name": code.name,
                "shortDescription": {"text": code.short},
                "fullDescription": {"text": code.help},
                "defaultConfiguration": {"level": code.level},
                "properties": {"tags": ["falco"]},
            }
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": linted.loads}],
        "results": [_result(finding, index[finding.code]) for finding in linted.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(finding: Finding, index: int) -> dict[str, Any]:
    line, column, end_line, end_column = finding.lines()
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(finding.file),
            "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        }
    }
    if finding.item:
        location["logicalLocations"] = [{"name": escaped(finding.item), "kind": finding.kind}]
    digest = hashlib.sha256("\0".join((finding.code, finding.kind, finding.item, finding.subject)).encode("utf-8", "replace"))
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": escaped(finding.message)},
        "locations": [location],
        "partialFingerprints": {"primary/v1": digest.hexdigest()[:32]},
    }
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix)]
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    replacements = []
    for edit in fix.edits:
        line, column = edit.file.line_column(edit.start)
        end_line, end_column = edit.file.line_column(edit.end)
        region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
        replacements.append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    change = {"artifactLocation": _artifact(fix.edits[0].file.name), "replacements": replacements}
    return {"description": {"text": escaped(fix.description)}, "artifactChanges": [change]}


def _artifact(path: str) -> dict[str, str]:
    """Where a file is: relative to the current directory, if it is below it."""
    relative = os.path.relpath(path)
    if relative.startswith(os.pardir):
        return {"uri": "file://" + quote(os.path.abspath(path))}
    return {"uri": quote(relative), "uriBaseId": "SRCROOT"}
