"""Parameters that are what a process is now."""

from __future__ import annotations

from pysysdig.events.table import CURRENT, TYPES, load
from pysysdig.workbench.calls import clone_params, execve_params
from pysysdig.workbench.world import Thread


def test_each_parameter_of_the_table_has_its_value() -> None:
    thread = Thread(7, 1)
    thread.run("/usr/bin/caf\xe9", ["-a"])
    thread.uid, thread.tty, thread.caps = 33, 34816, 5
    for name, params in (
        ("SYSCALL_CLONE_20_X", clone_params(0, thread)),
        ("SYSCALL_EXECVE_19_X", execve_params(0, thread, "/usr/bin/x")),
    ):
        table = [p.name for p in load(CURRENT)[TYPES[name]].params]
        assert len(table) == len(params)
        said = dict(zip(table, params))
        assert (said["uid"], said["ptid"], said["args"]) == (33, 1, ["-a"])
        if "tty" in said:
            assert (said["tty"], said["cap_effective"], said["filename"]) == (34816, 5, "/usr/bin/x")
