"""Alerts in Elasticsearch or OpenSearch, several at once (_bulk). Keys: `hostport`, `index`, `suffix` (daily, monthly,
annually, none), `apikey` or `username` and `password`, `pipeline`, `flattenfields`, `customheaders`, `enablecompression`.

The uuid is the id of the document: one that is sent twice is there once. The suffix is the day of the alert in UTC.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Forward, encoded, forwarded
from pysysdig.alerts.http import basic
from pysysdig.alerts.outputs.base import Refused, Setting
from pysysdig.errors import PysysdigError

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_SUFFIXES = {"daily": "-%Y.%m.%d", "monthly": "-%Y.%m", "annually": "-%Y", "none": ""}
_CONFLICT = 409  # it is there
_MOST = 4 << 20  # of an answer: several hundred documents, each refused with a reason


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        headers = {}
        if self.text("apikey"):
            headers["Authorization"] = f"APIKey {self.text('apikey')}"
        elif self.text("username"):
            headers["Authorization"] = basic(self.text("username"), self.text("password"))
        self._client = self.client(self.required("hostport").rstrip("/") + "/_bulk", **headers)
        self._client.target += "?filter_path=errors,items.*.status,items.*.error"  # the answer is about nothing else
        if self.text("pipeline"):
            self._client.target += f"&pipeline={self.text('pipeline')}"
        self._index = self.text("index", "falco")
        self._suffix = _SUFFIXES[self.choice("suffix", *_SUFFIXES)]
        self._flat = self.flag("flattenfields") or self.flag("createindextemplate")

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        body = b"".join(map(self._document, map(self.completed, alerts)))
        answer = self._client.post(body, "application/x-ndjson", most=_MOST).check(self._client.where)
        try:
            told = json.loads(answer.body)
            wrong = [item["create"] for item in told["items"] if item["create"]["status"] >= 300] if told["errors"] else []
        except (ValueError, KeyError, TypeError):
            raise PysysdigError(f"{self._client.where}: the answer does not say what has become of the alerts") from None
        wrong = [item for item in wrong if item["status"] != _CONFLICT]
        if any(item["status"] == 429 or item["status"] >= 500 for item in wrong):
            raise PysysdigError(f"{self._client.where}: busy: {json.dumps(wrong[0])[:200]}")
        if wrong:
            raise Refused(f"{self._client.where}: {json.dumps(wrong[0])[:200]}")

    def _document(self, alert: Alert) -> bytes:
        index = self._index + time.strftime(self._suffix, time.gmtime(alert.time // 10**9))
        create: dict[str, Any] = {"_index": index, "_id": alert.uuid} if alert.uuid else {"_index": index}
        out = forwarded(alert)
        if self._flat:
            out["output_fields"] = {name.replace(".", "_"): value for name, value in out["output_fields"].items()}
        return encoded({"create": create}) + encoded({**out, "@timestamp": out["time"]})

    def close(self) -> None:
        self._client.close()
