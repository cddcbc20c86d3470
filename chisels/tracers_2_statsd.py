"""tracers_2_statsd: no more than a notice."""

from __future__ import annotations

from pysysdig.chisel import Arg, Chisel


class Tracers2Statsd(Chisel):
    """Sent the durations of tracers, which recorders no longer write, to a statsd server: prints a notice, as sysdig does."""

    category = "Tracers"
    summary = "Durations of tracers for statsd (gone)"
    stops = True
    server_addr = Arg("address of the statsd server", optional=True)
    server_port = Arg("its UDP port", optional=True)

    def on_start(self) -> None:
        self.print("This chisel uses tracers and is deprecated")
        self.stop()
