"""Containers by the thousand: how long after it was created each is known, and what that costs.

    python benchmarks/containers.py [--count 1000] [--seconds 20]

An engine with Docker's API tells of so many containers within so many seconds, and answers each question after 5 ms. Prints how
many were named, the seconds from "created" to the container's event (median, 99th percentile, most), the longest that events had
to wait, and CPU seconds. Exit status 1 if any container has no name.
"""

from __future__ import annotations

import argparse
import json
import socketserver
import statistics
import tempfile
import threading
import time

from timing import begin, table

from pysysdig.capture.containers import ContainerWatch
from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import OLD, TYPES
from pysysdig.state.containers import parse_container

_ANSWER = 0.005  # seconds
_KIND = TYPES["CONTAINER_JSON_2_E"]
_HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


class Answering(socketserver.StreamRequestHandler):
    """Docker's API: the list is empty, whoever asks for events is kept, all other questions are about a container."""

    def handle(self) -> None:
        resource = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        if resource.startswith("/events"):
            self.wfile.write(_HEAD)
            self.server.followers.append(self.wfile)  # type: ignore[attr-defined]
            self.server.ended.wait()  # type: ignore[attr-defined]
        elif resource.startswith("/containers/json"):
            self.wfile.write(_HEAD + b"[]")
        else:
            time.sleep(_ANSWER)
            ident = resource.split("/")[2]
            config = {"Image": "shop/front:1@sha256:9", "Labels": {"tier": "front"}}
            answer = {"Id": ident + "0" * 52, "Name": "/" + ident, "Image": "sha256:" + "a" * 64, "Config": config}
            self.wfile.write(_HEAD + json.dumps(answer).encode())


class Engine(socketserver.ThreadingUnixStreamServer):
    """The engine."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: str) -> None:
        self.followers: list[object] = []
        self.ended = threading.Event()
        super().__init__(path, Answering)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    created: dict[str, float] = {}
    late: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder + "/engine.sock")
        others = frozenset({"podman", "cri", "containerd"})
        watch = ContainerWatch(EngineSettings({"docker": (str(engine.server_address),)}, others), OLD)
        watch.settle(30)

        def create() -> None:
            for i in range(options.count):
                ident = f"{i:012x}"
                created[ident] = time.monotonic()
                news = json.dumps({"Action": "create", "id": ident + "0" * 52}).encode() + b"\n"
                for follower in engine.followers:
                    follower.write(news)  # type: ignore[attr-defined]
                time.sleep(options.seconds / options.count)

        begun, waited = time.process_time(), 0.0
        thread = threading.Thread(target=create)
        thread.start()
        deadline = time.monotonic() + options.seconds + 60
        while len(late) < options.count and time.monotonic() < deadline:
            before = time.monotonic()
            watch.wait_for_new()
            waited = max(waited, time.monotonic() - before)
            events = watch.take(1)
            if events:
                batch = EventBatch.of_encoded(events)
                texts = batch.texts(batch.spans(_KIND, batch.positions(_KIND)), 0)
                now = time.monotonic()
                late += [now - created[info.id] for info in map(parse_container, filter(None, texts)) if info and info.name]
            time.sleep(0.03)  # what a capture takes from one span of the ring to the next
        thread.join()
        cpu = time.process_time() - begun
        watch.close()
        engine.ended.set()
        engine.shutdown()
    late.sort()
    begin("Containers")
    times = "none"
    if late:
        times = f"{statistics.median(late):.3f}, {late[int(len(late) * 0.99)]:.3f}, {late[-1]:.3f} s"
    titles = [
        "containers",
        "within",
        "named",
        "known after: median, 99 %, longest",
        "events waited at most",
        "CPU, the engine's too",
    ]
    named = str(options.count), f"{options.seconds:g} s", str(len(late))
    print(table(titles, [(*named, times, f"{waited:.3f} s", f"{cpu:.2f} s")]))
    return int(len(late) < options.count)


if __name__ == "__main__":
    raise SystemExit(main())
