"""Collector: hears of the pods of this machine, and of what they belong to, from Kubernetes' metadata collector (gRPC), and makes
the events of it that Falco's plugin k8smeta makes.

It is listened to in a thread of its own: nothing waits for it. Its messages: `metadata.proto` of the k8s-metacollector.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

from pysysdig.capture.engines.answers import MAX_ITEMS, a_text, an_object, labels
from pysysdig.capture.engines.engine import EngineError
from pysysdig.capture.engines.rpc import Caller
from pysysdig.errors import PysysdigError
from pysysdig.events.single import encode_async
from pysysdig.extras import MissingExtra
from pysysdig.state.containers import RESOURCE
from pysysdig.state.pods import KINDS
from pysysdig.wire import Message, message, text

_WATCH = "/metadata.Metadata/Watch"
_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds before it is asked again, after a first failure and after many
_MAX_WAITING = 4096  # events that nobody has taken; it has to wait then
_MAX_EVENT = 60_000  # bytes; a resource with more labels than that has none
_MAX_LABEL = 4096
_MAX_ROOTS = 4 << 20
_PARTING = 0.05  # seconds that the thread has to end by itself


class Collector:
    """Follows it from the beginning, and again after each failure, until `close`.

    notes   lines for the user
    """

    def __init__(self, address: str, node: str, roots: str = "") -> None:
        """address: HOST:PORT. roots: see settings.CollectorChoice. Raises PysysdigError."""
        self.notes: deque[str] = deque()
        self._address = address
        self._roots = _read(roots) if roots else None
        self._question = text(1, node) + b"".join(message(2, text(1, kind) + text(2, "true")) for kind in KINDS)
        self._told: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._caller: Caller | None = None
        self._thread = threading.Thread(target=self._run, name="pysysdig-collector", daemon=True)
        self._thread.start()

    def take(self, ts: int) -> list[bytes]:
        """Encoded events of what has been told since, with this time."""
        if not self._told:
            return []
        with self._changed:
            told = list(self._told)
            self._told.clear()
            self._changed.notify_all()
        return [encode_async(ts, RESOURCE, data) for data in told]

    def close(self) -> None:
        """End it."""
        with self._changed:
            self._closed.set()
            self._changed.notify_all()
            caller = self._caller
        if caller is not None:
            caller.close()
        self._thread.join(_PARTING)

    def _run(self) -> None:
        pause, silent = _PAUSE, False
        while not self._closed.is_set():
            try:
                for event in self._connected().stream(_WATCH, self._question):
                    pause, silent = _PAUSE, False
                    self._put(event)
                reason = "it has ended the connection"
            except MissingExtra as error:
                self.notes.append(f"k8smeta: {error}")
                return
            except EngineError as error:
                reason = str(error)
            finally:
                if self._caller is not None:
                    self._caller.close()
            if not silent and not self._closed.is_set():
                self.notes.append(f"k8smeta: no news from the collector at {self._address}, it is asked again: {reason}")
                silent = True
            if self._closed.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _connected(self) -> Caller:
        """A new connection. Raises MissingExtra."""
        caller = Caller(self._address, 0, self._roots)
        with self._changed:
            self._caller = caller
        if self._closed.is_set():
            caller.close()
        return caller

    def _put(self, event: Message) -> None:
        try:
            data = _event_text(event)
        except ValueError:
            return
        if data is None:
            return
        with self._changed:
            self._changed.wait_for(lambda: len(self._told) < _MAX_WAITING or self._closed.is_set())
            self._told.append(data)


def _event_text(event: Message) -> bytes | None:
    """The JSON of the event, as far as fields are about it: what makes no sense is left out; None if it is not about a resource
    of a kind that is asked for. Raises ValueError."""
    uid, kind = a_text(event.text(2)), event.text(3)
    if kind not in KINDS or not uid:
        return None
    said: dict[str, Any] = {"reason": a_text(event.text(1)), "uid": uid, "kind": kind}
    meta, status = _parsed(event.text(4)), _parsed(event.text(6))
    about = {key: a_text(meta.get(key)) for key in ("name", "namespace") if key in meta}
    its_labels = labels(meta.get("labels"), _MAX_LABEL)
    refs = {pair.text(1): {"list": pair.message(2).words(1, MAX_ITEMS)} for pair in event.message(7).all(1, MAX_ITEMS)}
    said["refs"] = {"resources": {other: uids for other, uids in refs.items() if other in KINDS}}
    if "podIP" in status:
        said["status"] = _json({"podIP": a_text(status["podIP"])})
    for kept in (its_labels, {}):
        said["meta"] = _json({**about, "labels": kept} if kept else about)
        data = _json(said).encode("utf-8", "replace") + b"\0"
        if len(data) <= _MAX_EVENT:
            return data
    return None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _parsed(given: str) -> dict[str, Any]:
    """An object from its JSON, empty if it is none."""
    try:
        return an_object(json.loads(given)) if given else {}
    except (ValueError, RecursionError):
        return {}


def _read(path: str) -> bytes:
    """Raises PysysdigError."""
    try:
        with open(path, "rb") as f:
            return f.read(_MAX_ROOTS)
    except OSError as error:
        raise PysysdigError(f"k8smeta: caPEMBundle {path}: {error.strerror}") from None
