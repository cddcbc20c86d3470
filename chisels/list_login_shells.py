"""list_login_shells: ids of login shells."""

from __future__ import annotations

import re

from pysysdig.chisel import Arg, Chisel, Event
from pysysdig.chiselkit.text import pattern, text


class ListLoginShells(Chisel):
    """Lists the id of a login shell under which commands were started; the filter proc.loginshellid=ID then shows its
    commands. Which command it must have run can be given by name (* for any) and by arguments. As in sysdig it is the last
    such shell that is listed, once for every fact known about it. With -pc the container is shown, too."""

    category = "Security"
    summary = "List the login shell IDs"
    filter = "evt.type=execve"
    fields = ("proc.loginshellid", "evt.arg.exe", "evt.arg.args", "container.name", "container.id")
    command = Arg("only shells that ran a command with this in its name (* for any)", optional=True, default="*")
    arguments = Arg("only shells that ran a command with this in its arguments", optional=True)

    def on_start(self) -> None:
        self._command = None if self.command == "*" else re.compile(pattern(self.command))
        self._arguments = re.compile(pattern(self.arguments)) if self.arguments else None
        self._shell: tuple[object, ...] = (None, None, None)

    def on_event(self, event: Event) -> None:
        shell, exe, args = event["proc.loginshellid"], event["evt.arg.exe"], event["evt.arg.args"]
        if shell is None or exe is None or (self._command and not self._command.search(exe)):
            return
        if self._arguments and args is not None and not self._arguments.search(args):
            return
        self._shell = (shell, event["container.name"], event["container.id"])

    def on_end(self) -> None:
        self.print(f"Shells containing {self.command}:" if self._command else "All shells:")
        for fact in self._shell:
            if fact is not None:
                self.print(" ".join(map(text, self._shell)) if self.run.containers else self._shell[0])
