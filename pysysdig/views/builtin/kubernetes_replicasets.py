"""K8s ReplicaSets (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Action, Column, View

VIEW = View(
    id="kubernetes_replicasets",
    name="K8s ReplicaSets",
    kind=TABLE,
    description="Kubernetes replica sets and what their containers use.",
    filter="k8s.rs.id != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=(
        "",
        "evt.res",
        "k8s.pod.id",
        "k8s.svc.id",
        "k8s.ns.id",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "k8s.rs.id", role=GROUP),
        Column("ID", "k8s.rs.id", width=38),
        Column("NAME", "k8s.rs.name", width=25),
        Column("NAMESPACE", "k8s.ns.name", width=20),
        Column("LABELS", "k8s.rs.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe rs %k8s.rs.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete rs %k8s.rs.name"),
    ),
)
