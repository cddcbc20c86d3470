"""K8s Controllers (docs/reference/chisels.md, views), as a collector tells of them: nothing else tells csysdig's fields
any more."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_controllers",
    name="K8s Controllers",
    kind=TABLE,
    description="Kubernetes replication controllers and what their containers use.",
    filter="k8smeta.rc.uid exists",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.ns.name k8smeta.svc.uid", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8smeta.rc.uid", role=GROUP),
        Column("ID", "k8smeta.rc.uid", width=38),
        Column("NAME", "k8smeta.rc.name", width=25),
        Column("NAMESPACE", "k8smeta.ns.name", width=20),
        Column("LABELS", "k8smeta.rc.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8smeta.ns.name describe rc %k8smeta.rc.name"),
        Action("x", "kubectl --namespace=%k8smeta.ns.name delete rc %k8smeta.rc.name"),
    ),
)
