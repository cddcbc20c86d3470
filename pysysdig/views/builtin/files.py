"""Files (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, PLAIN, REST, SUM, TABLE, Action, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="files",
    name="Files",
    kind=TABLE,
    description="Files that were used: bytes, operations, opens and errors.",
    tags=("Default", "wsysdig"),
    filter="(fd.type=file or fd.type=directory) and fd.name!=''",
    defaults=True,
    drilldown="procs",
    applies_to=selections(
        "container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto fd.directory "
        "fd.containerdirectory fd.containerdirectory evt.res",
    ),
    columns=(
        Column("", "fd.name", role=KEY, only=PLAIN),
        Column("", "fd.containername", role=KEY, only=CONTAINERS),
        Column("BYTES IN", "evt.buflen.file.in", width=12, aggregation=SUM),
        Column("BYTES OUT", "evt.buflen.file.out", width=12, aggregation=SUM),
        Column("OPS", "evt.count.exit", width=9, aggregation=SUM, sort=True),
        Column("OPENS", "evt.type.is.3", width=9, aggregation=SUM),
        Column("ERRORS", "evt.count.error", width=9, aggregation=SUM),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("FILENAME", "fd.name", width=REST),
    ),
    actions=(Action("l", "less %fd.name"),),
)
