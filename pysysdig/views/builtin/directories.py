"""Directories (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, PLAIN, REST, SUM, TABLE, Action, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="directories",
    name="Directories",
    kind=TABLE,
    description="Directories in which files were used: bytes, operations, opens and errors.",
    tags=("Default", "wsysdig"),
    filter="(fd.type=file or fd.type=directory) and fd.name!=''",
    defaults=True,
    drilldown="files",
    applies_to=selections("container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto evt.res"),
    columns=(
        Column("", "fd.directory", role=KEY, only=PLAIN),
        Column("", "fd.containerdirectory", role=KEY, only=CONTAINERS),
        Column("BYTES IN", "evt.buflen.file.in", width=12, aggregation=SUM),
        Column("BYTES OUT", "evt.buflen.file.out", width=12, aggregation=SUM),
        Column("OPS", "evt.count.exit", width=9, aggregation=SUM, sort=True),
        Column("OPENS", "evt.type.is.3", width=9, aggregation=SUM),
        Column("ERRORS", "evt.count.error", width=9, aggregation=SUM),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("DIRNAME", "fd.directory", width=REST),
    ),
    actions=(Action("l", "ls -al %fd.directory"),),
)
