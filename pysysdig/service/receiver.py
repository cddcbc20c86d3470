"""Alerts that others post: falcosidekick's server, so that one collector does for a fleet.

`POST /` takes what Falco's http_output sends, and answers once the alert is accepted (falcosidekick: before anything is
delivered). `POST /test` sends the test alert to all outputs; GET /ping, /healthz.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.model import Alert, host_name
from pysysdig.alerts.parsed import parsed
from pysysdig.service.trial import alert as test_alert
from pysysdig.service.web import PLAIN, Answer, Page, Post

if TYPE_CHECKING:
    from pysysdig.service.meters import Meters

MOST_BYTES = 1 << 20  # of a body
_BAD, _NOT_POST = "Please send a valid request body\n", "Please send with post http method\n"


class Receiver:
    """Takes alerts and hands them on."""

    def __init__(self, send: Callable[[Sequence[Alert]], None], meters: Meters) -> None:
        """send: where alerts go; it returns once they are accepted."""
        self._send = send
        self._meters = meters

    def pages(self) -> dict[str, Page]:
        """For GET."""
        return {
            "/": lambda: Answer(_NOT_POST, PLAIN, 400),
            "/ping": lambda: Answer("pong\n", PLAIN),
            "/healthz": lambda: Answer('{"status": "ok"}'),
        }

    def posts(self) -> dict[str, Post]:
        """For POST."""
        return {"/": self.take, "/test": lambda body, kind: self._test()}

    def take(self, body: bytes, kind: str = "") -> Answer:
        """An alert as Falco's JSON, whatever kind of content it is said to be."""
        try:
            alert = parsed(body, host_name())
        except (ValueError, TypeError, KeyError, RecursionError):
            self._meters.rejected += 1
            return Answer(_BAD, PLAIN, 400)
        self._meters.accepted += 1
        self._send([alert])
        return Answer("", PLAIN)

    def _test(self) -> Answer:
        self._send([test_alert()])
        return Answer("", PLAIN)
