"""What several views have in common."""

from __future__ import annotations

from pysysdig.views.model import AVG, KEY, MAX, SUM, TIME_AVG, Action, Column

_ORCHESTRATORS = (
    "k8s.pod.id k8smeta.rc.uid k8smeta.rs.uid k8smeta.svc.uid k8smeta.deployment.uid k8s.ns.name "
    "marathon.app.id marathon.group.name mesos.task.id mesos.framework.name"
).split()  # fmt: skip

PROCESS_ACTIONS = (
    Action("9", "kill -9 %proc.pid", confirm=True),
    Action("c", "gcore %proc.pid"),
    Action("g", "gdb -p %proc.pid"),
    Action("k", "kill %proc.pid", confirm=True),
    Action("l", "ltrace -p %proc.pid"),
    Action("s", 'gdb -p %proc.pid --batch --quiet -ex "thread apply all bt full" -ex "quit"'),
)


def container_actions(*other: Action) -> tuple[Action, ...]:
    """What can be done to a container; `other` come before the last three."""
    return (
        Action("a", "docker attach %container.id"),
        Action("b", "docker exec -i -t %container.id /bin/bash"),
        Action("f", "docker logs -f %container.id"),
        Action("h", "docker history %container.image"),
        Action("i", "docker inspect %container.id"),
        Action("k", "docker kill %container.id", confirm=True),
        Action("l", "docker logs %container.id"),
        *other,
        Action("z", "docker pause %container.id"),
        Action("u", "docker unpause %container.id"),
        Action("w", "docker wait %container.id"),
    )


# what threads use, to be merged by what they belong to
USE_BY_THREAD = (
    Column("", "thread.tid", role=KEY),
    Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
    Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
    Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
    Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
    Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
)


def selections(fields: str, *, top: bool = True, orchestrators: bool = True) -> tuple[str, ...]:
    """What a view applies to: the whole machine (`top`), selections of these fields, and those of orchestrators."""
    return (*([""] if top else []), *fields.split(), *(_ORCHESTRATORS if orchestrators else []))
