"""The source k8s_audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pysysdig.eventsources.jsontext import compact, parsed
from pysysdig.eventsources.k8s_audit import bodies
from pysysdig.eventsources.k8s_audit.plugin_fields import FIELDS
from pysysdig.eventsources.model import Event, EventSource, SourceField
from pysysdig.eventsources.shape import ANY, OBJECT, OTHERS, TEXT, WHOLE, Shape

OLDER = "k8s_audit 0.31"  # the catalogue of rules for Falco's own source, which was there until 0.31
_KIND = re.compile(rb'"(?:kind|apiVersion)"\s*:\s*"(?:EventList"|Event"|audit\.k8s\.io/)')
_USER: Shape = {"username": TEXT, "uid": TEXT, "groups": (TEXT,), "extra": {OTHERS: (TEXT,)}}
_REFERENCE = ("resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource")
_SHAPE: Shape = {  # Event of audit.k8s.io/v1; `metadata` and `timestamp` of its betas; an EventList has `items`
    **dict.fromkeys(("kind", "apiVersion", "level", "auditID", "stage", "requestURI", "verb", "userAgent", "timestamp"), TEXT),
    **dict.fromkeys(("requestReceivedTimestamp", "stageTimestamp"), TEXT),
    **dict.fromkeys(("user", "impersonatedUser"), _USER),
    **dict.fromkeys(("requestObject", "responseObject", "metadata", "authenticationMetadata"), OBJECT),
    "sourceIPs": (TEXT,),
    "objectRef": dict.fromkeys(_REFERENCE, TEXT),
    "responseStatus": {
        **dict.fromkeys(("kind", "apiVersion", "status", "message", "reason"), TEXT),
        **dict.fromkeys(("metadata", "details"), OBJECT),
        "code": WHOLE,
    },
    "annotations": {OTHERS: TEXT},
    "items": (ANY,),
}
_BEGINS = re.compile(rb"\s*[\[{]")


class KubernetesAudit(EventSource):
    """Audit events of Kubernetes, as Falco's plugin k8saudit and, for older rules, as Falco <= 0.31 sees them."""

    name = "k8s_audit"
    plugin = "k8saudit"
    id = 1
    version = "0.18.0"
    description = "Audit events of Kubernetes"
    fields = FIELDS
    shape = _SHAPE

    def recognises(self, head: bytes) -> bool:
        """JSON that names a kind of audit events early."""
        return _BEGINS.match(head) is not None and _KIND.search(head) is not None

    def events(self, record: bytes) -> Iterable[Event]:
        """See bodies."""
        return bodies.events(record)

    def decode(self, data: bytes) -> Any:
        """The object. Raises ValueError."""
        found = parsed(data)
        if not isinstance(found, dict):
            raise ValueError(bodies.NOT_AUDIT)
        return found

    def completed(self, given: Any, time: int) -> Any:
        """What every event has: it is that of a request which has been answered."""
        stamp = datetime.fromtimestamp(time // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        usual = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "auditID": str(time),
            "stage": "ResponseComplete",
            "stageTimestamp": f"{stamp}.{time % 10**9:09d}Z",
        }
        return {**usual, **given} if isinstance(given, dict) else given

    def info(self, decoded: Any) -> str:
        """The event as JSON."""
        return compact(decoded)

    def provides(self) -> Mapping[str, str]:
        """The plugin for general fields of JSON, too."""
        return {self.plugin: self.version, "json": "0.7.4"}

    def catalogues(self) -> Mapping[str, Sequence[SourceField]]:
        """Today's, and that of Falco <= 0.31."""
        from pysysdig.eventsources.k8s_audit.older_fields import FIELDS as OLDER_FIELDS

        return {self.name: self.fields, OLDER: OLDER_FIELDS}

    def catalogue_for(self, plugins: Iterable[str]) -> str:
        """Rules that require the plugin see what it gives, others what Falco <= 0.31 gave."""
        return self.name if any(name == "json" or name.startswith(self.plugin) for name in plugins) else OLDER


SOURCE = KubernetesAudit()
