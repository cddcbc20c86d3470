"""spy_users: what users do in shells."""

from __future__ import annotations

from pysysdig.chisel import INT, Arg, Event
from pysysdig.chiselkit.families import Coloured
from pysysdig.chiselkit.text import text

ANCESTORS = 16
_HIDDEN = (-1, 0)


class SpyUsers(Coloured):
    """Lists the commands that are started below shells and the directories that shells change to: indentation shows how far
    below, in front are the id of the shell, the time and the user. With -pc the container is shown, too, blue for containers
    and green for the host."""

    category = "Security"
    summary = "Display interactive user activity"
    filter = (
        "((evt.type=execve and evt.dir=<) or (evt.type=chdir and evt.dir=< and proc.name contains sh"
        " and not proc.name contains sshd)) and evt.failed=false"
    )
    fields = (
        "evt.type", "proc.exe", "proc.args", "evt.arg.path", "user.name", "evt.time.s", "proc.pid", "proc.ppid", "container.name",
        *(f"proc.aname[{i}]" for i in range(ANCESTORS + 1)), *(f"proc.apid[{i}]" for i in range(ANCESTORS + 1)),
    )  # fmt: skip
    max_depth = Arg("how far below the shell commands are shown, -1 for any depth", type=INT, optional=True, default=-1)

    def on_start(self) -> None:
        self._cd_seen = False
        self._tree: dict[int, tuple[int, int]] = {}  # pid -> (how far below a shell, pid of the shell); _HIDDEN: below none

    def on_event(self, event: Event) -> None:
        is_cd = event["evt.type"] == "chdir"
        pid = event["proc.pid"]
        parent = pid if is_cd else event["proc.ppid"]
        self._cd_seen |= is_cd
        if parent not in self._tree:
            # as in sysdig: from the first cd on, a process counts among its own ancestors
            self._tree[parent] = self._place(event, 0 if self._cd_seen else 1)
        depth, shell = self._tree[parent]
        if (depth, shell) == _HIDDEN:
            return
        depth, shell = self._tree.setdefault(pid, (depth + 1, shell))
        shown = depth - (0 if is_cd else 1)
        if self.max_depth not in (-1, None) and shown > self.max_depth:
            return
        indent = " " * ((4 if is_cd or self.run.containers else 3) * shown)
        container = event["container.name"]
        user, colour = event.get("user.name", "<NA>"), ""
        if self.run.containers:
            colour = self.colours.green if container == "host" else self.colours.blue
            user += f"@{text(container)}"
        what = f"cd {text(event['evt.arg.path'])}" if is_cd else f"{text(event['proc.exe'])} {text(event['proc.args'])}"
        self.print(f"{colour}{indent}{shell} {event['evt.time.s']} {user}) {what}")

    def _place(self, event: Event, nearest: int) -> tuple[int, int]:
        """Where the process stands below the farthest shell among its ancestors, the first of which is number `nearest`."""
        found = _HIDDEN
        for i in range(nearest, ANCESTORS + 1):
            name, pid = event[f"proc.aname[{i}]"], event[f"proc.apid[{i}]"]
            if name is None and pid is None:
                break
            if name is not None and name.endswith("sh"):
                found = (i - nearest, pid) if pid in self._tree else (0, pid)
        return found

    def on_end(self) -> None:
        self.print(self.colours.reset)
