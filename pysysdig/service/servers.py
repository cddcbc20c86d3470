"""The servers that a configuration wants: web pages, alerts of others, gRPC. They follow it, and stay as they are where it
does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.service import sidekick_metrics
from pysysdig.service.exposition import CONTENT_TYPE
from pysysdig.service.log import EMERGENCY
from pysysdig.service.pages import pages
from pysysdig.service.receiver import MOST_BYTES, Receiver
from pysysdig.service.rpc import RpcServer
from pysysdig.service.web import Answer, WebServer

if TYPE_CHECKING:
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.daemon import Service


class Servers:
    """Those of a service; None: that one is not wanted, or could not be started."""

    def __init__(self, service: Service) -> None:
        self.web: WebServer | None = None
        self.receiver: WebServer | None = None
        self.rpc: RpcServer | None = None
        self._service = service
        self._config: ServiceConfig | None = None

    def follow(self, config: ServiceConfig) -> None:
        """Start, end, or change them. Raises PysysdigError."""
        before, self._config = self._config, config
        if before is None or config.web != before.web:
            self._serve(config)
        elif self.web is not None:
            self.web.pages(pages(self._service))
        if before is None or config.receiver != before.receiver:
            self._receive(config)
        if before is None or config.rpc != before.rpc:
            self._call(config)

    def close(self) -> None:
        """End them all."""
        for server in (self.web, self.receiver, self.rpc):
            if server is not None:
                server.close()

    def _serve(self, config: ServiceConfig) -> None:
        settings = config.web
        if self.web is not None:
            self.web.close()
            self.web = None
        if settings.enabled:
            posts, most = self._service.intake.posts(config)
            self.web = WebServer(settings, pages(self._service), posts, most)
            secure = " (SSL)" if settings.certificate else ""
            self._service.log.info(f"Starting health webserver, listening on {settings.address}:{self.web.port}{secure}")

    def _receive(self, config: ServiceConfig) -> None:
        settings = config.receiver
        if self.receiver is not None:
            self.receiver.close()
            self.receiver = None
        if settings.enabled:
            taking = Receiver(self._service.forward, self._service.meters)
            shown = taking.pages()
            if not settings.authorization:
                shown["/metrics"] = lambda: Answer(sidekick_metrics.page(self._service), CONTENT_TYPE)
            self.receiver = WebServer(settings, shown, taking.posts(), MOST_BYTES)
            self._service.log.info(f"Taking alerts of others, listening on {settings.address}:{self.receiver.port}")

    def _call(self, config: ServiceConfig) -> None:
        """Without gRPC the service goes on, as in Falco."""
        if self.rpc is not None:
            self.rpc.close()
            self.rpc = None
        if config.rpc.enabled:
            try:
                self.rpc = RpcServer(config.rpc)
                self._service.log.info(f"Starting gRPC server at {config.rpc.address}")
            except PysysdigError as error:
                self._service.log.write(EMERGENCY, error.render())
        self._service.delivery.also = self.rpc.put if self.rpc is not None else None
