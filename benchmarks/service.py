"""make bench: how many alerts the service's outputs take: a file and, over the spool, a web server of this process.

    python benchmarks/service.py

Alerts come in lots of 200 as from batches of events, 10,000 a second for ten seconds. Printed: seconds of CPU that accepting
took, the longest a lot was held up, what the file and the server have once all is over, and how long the server took.
"""

from __future__ import annotations

import http.server
import tempfile
import threading
import time
from pathlib import Path

from timing import begin, table

from pysysdig.alerts.model import Alert
from pysysdig.rules.config_tree import read
from pysysdig.service.config import ServiceConfig
from pysysdig.service.delivery import Delivery
from pysysdig.service.log import Log

RATE, SECONDS, LOT = 10_000, 10, 200
FIELDS = {"evt.time": 10**18, "fd.name": "/etc/shadow", "proc.cmdline": "cat /etc/shadow", "user.name": "root", "proc.pid": 4711}


class Counts(http.server.BaseHTTPRequestHandler):
    """Takes everything."""

    protocol_version = "HTTP/1.1"
    taken = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Counts.taken += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Measure once."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        options = [
            "json_output=true", "file_output.enabled=true", "file_output.keep_alive=true",
            f"file_output.filename={folder}/alerts",
            "http_output.enabled=true", f"http_output.url=http://127.0.0.1:{server.server_port}/",
            f"pysysdig.spool.path={folder}/spool.db",
        ]  # fmt: skip
        ways = Delivery(ServiceConfig(read("", options)), Log(stderr=False))
        longest = 0.0
        began = time.monotonic()
        used = time.thread_time()
        for lot in range(RATE * SECONDS // LOT):
            due = began + lot * LOT / RATE
            if due > time.monotonic():
                time.sleep(due - time.monotonic())
            alerts = [Alert(time.time_ns(), 4, "Read sensitive file", "syscall", (), "box", "text " * 20, FIELDS)] * LOT
            before = time.monotonic()
            ways.send(alerts)
            longest = max(longest, time.monotonic() - before)
        used = time.thread_time() - used
        taken = time.monotonic() - began
        while any(lane.waiting for lane in ways.lanes.values()):
            time.sleep(0.1)
        done = time.monotonic() - began
        lost = sum(count for _, count in ways.lost())
        ways.close()
        lines = Path(folder, "alerts").read_bytes().count(b"\n")
    longest *= 1000
    begin("Service, outputs")
    titles = ["alerts", "accepted in", "CPU", "longest lot", "in the file", "at the server", "all done after", "lost"]
    times = f"{taken:.1f} s", f"{used:.2f} s", f"{longest:.0f} ms"
    print(table(titles, [(str(RATE * SECONDS), *times, str(lines), str(Counts.taken), f"{done:.1f} s", str(lost))]))


if __name__ == "__main__":
    main()
