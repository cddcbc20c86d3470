"""Spy Syslog (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, LIST, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spy_syslog",
    name="Spy Syslog",
    kind=LIST,
    description="Messages written to syslog, one line each.",
    tags=("Default",),
    filter="fd.name contains /dev/log and evt.is_io_write=true and evt.dir=< and evt.failed=false",
    applies_to=selections("container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto"),
    columns=(
        Column("PID", "proc.pid", width=8),
        Column("PROC", "proc.name", width=8),
        Column("FAC", "syslog.facility.str", width=8),
        Column("SEV", "syslog.severity.str", width=8),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("MESSAGE", "syslog.message", width=REST),
    ),
)
