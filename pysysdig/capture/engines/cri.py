"""Kubernetes' container runtimes by their common interface (CRI): containerd, CRI-O and others.

docs/reference/containers.md has where each value comes from.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from pysysdig.capture.engines import containerd
from pysysdig.capture.engines.answers import MAX_ITEMS, short_id
from pysysdig.capture.engines.cri_answers import container_of, sandbox_of
from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings, Hear, Json
from pysysdig.capture.engines.rpc import Caller, Unserved
from pysysdig.state.cgroups import CT_CONTAINERD, CT_CRI, CT_CRIO
from pysysdig.wire import Message, message, number, text

_VERSIONS = ("v1", "v1alpha2")
_TYPES = {"containerd": CT_CONTAINERD, "cri-o": CT_CRIO}
_IDENT = re.compile("[0-9a-f]{12}")
_MAX_LISTED = 4096
_EXITED, _NOT_READY = 2, 1  # states of containers, and from then on; of sandboxes
_EVENTS = {0: NEW, 1: THERE, 3: GONE}
_LOOK = 1.0  # seconds between two looks at who is there, where nobody tells


class Engine:
    """See engine.py."""

    def __init__(self, path: str, settings: EngineSettings) -> None:
        self._caller = Caller(path, settings.timeout)
        self._max_label = settings.max_label
        self._closed = threading.Event()
        self._service = ""  # what methods are called below
        self._type = CT_CRI

    def ask(self, ident: str) -> Json:
        """See engine.Engine."""
        if not _IDENT.fullmatch(ident):
            raise EngineError("not an id", final=True)
        service = self._served()
        verbose = text(1, ident) + number(2, 1)
        try:
            try:
                status = self._caller.call(f"{service}.RuntimeService/ContainerStatus", verbose)
            except EngineError as error:
                if error.slow or error.final:
                    raise
                pod = self._caller.call(f"{service}.RuntimeService/PodSandboxStatus", verbose)
                return {"id": ident, "type": self._type, **sandbox_of(pod, self._max_label)}
            container = container_of(status, self._pod, self._max_label)
            if not container["imageid"]:
                container["imageid"] = self._image_id(status.message(1).text(9))
        except ValueError as error:
            raise EngineError(str(error)) from None
        return {"id": ident, "type": self._type, **container}

    def follow(self, hear: Hear, begun: Callable[[], None]) -> None:
        """See engine.Engine. Who does not tell of containers is asked for all of them again and again."""
        service = self._served()
        told = self._caller.stream(f"{service}.RuntimeService/GetContainerEvents")
        self._list(hear)
        try:
            first = True
            # most runtimes answer only once something happens, but those that will not do so at once
            begun()
            for event in told:
                first = False
                news = _EVENTS.get(event.number(2))
                if news is not None and (short := short_id(event.text(1))):
                    hear(short, news)
        except Unserved:
            if first:
                self._follow_otherwise(hear)

    def close(self) -> None:
        """See engine.Engine."""
        self._closed.set()
        self._caller.close()

    def _follow_otherwise(self, hear: Hear) -> None:
        """Containers of a runtime that does not serve events: containerd has events of its own."""
        try:
            told = containerd.subscribe(self._caller)
            self._list(hear)
            for namespace, ident, news in told:
                if namespace == containerd.KUBERNETES and (short := short_id(ident)):
                    hear(short, news)
        except Unserved:
            known = self._list(hear)
            while not self._closed.wait(_LOOK):
                now = self._list(hear)
                for gone in known - now:
                    hear(gone, GONE)
                known = now

    def _list(self, hear: Hear) -> set[str]:
        """Tell of all that are there."""
        service, found = self._served(), set()
        for method, state, ended in (("ListPodSandbox", 3, _NOT_READY), ("ListContainers", 6, _EXITED)):
            entries = self._caller.entries(f"{service}.RuntimeService/{method}", _MAX_LISTED)
            found |= {s for entry in entries if entry.number(state) < ended and (s := short_id(entry.text(1)))}
        for short in found:
            hear(short, THERE)
        return found

    def _served(self) -> str:
        """The service that the runtime has, by its version. Raises EngineError."""
        if not self._service:
            for version in _VERSIONS:
                try:
                    answer = self._caller.call(f"/runtime.{version}.RuntimeService/Version", text(1, version))
                except Unserved as error:
                    failure = error
                    continue
                self._type = _TYPES.get(answer.text(2), CT_CRI)
                self._service = f"/runtime.{version}"
                break
            else:
                raise failure
        return self._service

    def _pod(self, ident: str) -> Message | None:
        """What is known of a sandbox; None if that is nothing."""
        try:
            return self._caller.call(f"{self._service}.RuntimeService/PodSandboxStatus", text(1, ident) + number(2, 1))
        except EngineError:
            return None

    def _image_id(self, reference: str) -> str:
        """The id of an image, if there is one of that name."""
        if not reference:
            return ""
        try:
            asked = message(1, message(1, text(1, reference)))
            images = self._caller.entries(f"{self._service}.ImageService/ListImages", MAX_ITEMS, asked)
        except EngineError:
            return ""
        return images[0].text(1) if len(images) == 1 else ""
