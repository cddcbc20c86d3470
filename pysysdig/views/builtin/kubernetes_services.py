"""K8s Services (docs/reference/chisels.md, views), as a collector tells of them: nothing else tells csysdig's fields
any more."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_services",
    name="K8s Services",
    kind=TABLE,
    description="Kubernetes services and what their containers use.",
    filter="k8smeta.svc.uid exists",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections(
        "evt.res k8s.pod.id k8s.ns.name k8smeta.rc.uid k8smeta.rs.uid k8smeta.deployment.uid", orchestrators=False
    ),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8smeta.svc.uid", role=GROUP),
        Column("ID", "k8smeta.svc.uid", width=38),
        Column("NAME", "k8smeta.svc.name", width=25),
        Column("NAMESPACE", "k8smeta.ns.name", width=20),
        Column("LABELS", "k8smeta.svc.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8smeta.ns.name describe services/%k8smeta.svc.name"),
        Action("x", "kubectl --namespace=%k8smeta.ns.name delete services %k8smeta.svc.name"),
    ),
)
