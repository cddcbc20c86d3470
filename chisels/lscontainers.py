"""lscontainers: the containers that are known."""

from __future__ import annotations

from pysysdig.chisel import Arg, Chisel, Event
from pysysdig.chiselkit.text import column
from pysysdig.state.containers import ContainerInfo

_WIDTHS = (15, 16, 20, 13)
_NAMES = {"libvirt-lxc": "libvirt_lxc"}


class LsContainers(Chisel):
    """Lists the containers that are known at the first event that passes the filter: type, image, name and id."""

    category = "System State"
    summary = "List the running containers"
    state = True
    stops = True
    desc = Arg("'desc' to print the list as a data structure", optional=True, choices=("desc",))

    def on_event(self, event: Event) -> None:
        self.stop()

    def on_end(self) -> None:
        found = self.system().containers() if self.moment else []
        if self.desc:
            self._structure(found)
            return
        self.print(self._row("container.type", "container.image", "container.name", "container.id"))
        self.print(self._row("-" * 15, "-" * 16, "-" * 20, "-" * 13))
        for c in found:
            self.print(self._row(_type(c), c.image, c.name, c.id))

    def _row(self, *values: str) -> str:
        return "".join(column(v, w) for v, w in zip(values, _WIDTHS))

    def _structure(self, found: list[ContainerInfo]) -> None:
        self.print("{")
        for i, c in enumerate(found, 1):
            self.print(f" {i} = {{")
            for key, value in (("id", c.id), ("type", _type(c)), ("name", c.name), ("image", c.image)):
                self.print(f'  {key} = "{value}",')
            self.print(" },")
        self.print("}")


def _type(c: ContainerInfo) -> str:
    name = c.type_name
    return _NAMES.get(name, name) or "unknown"
