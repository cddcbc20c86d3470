"""Audit events for tests, made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TIME = 1_700_000_000_000_000_000  # 2023-11-14T22:13:20Z


def audit(verb: str = "create", **more: Any) -> dict[str, Any]:
    """An event: a pod is created, unless `more` says something else."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "auditID": "6a3c",
        "stage": "ResponseComplete",
        "verb": verb,
        "requestURI": "/api/v1/namespaces/shop/pods?limit=5&fieldManager=kubectl%20create&empty=",
        "user": {"username": "ann", "groups": ["dev", "ops"]},
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "till"},
        "responseStatus": {"code": 201},
        "stageTimestamp": "2023-11-14T22:13:20.000000Z",
        **more,
    }


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod that is asked for."""
    return {"kind": "Pod", "spec": {"containers": list(containers), **spec}}


def lines(*events: Any) -> bytes:
    """A log."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def log(folder: Path, *events: Any, name: str = "audit.json") -> Path:
    """A log as a file."""
    path = folder / name
    path.write_bytes(lines(*events))
    return path
