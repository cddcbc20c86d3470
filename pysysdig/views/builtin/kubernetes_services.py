"""K8s Services (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_services",
    name="K8s Services",
    kind=TABLE,
    description="Kubernetes services and what their containers use.",
    filter="k8s.svc.id != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.rc.id k8s.rs.id k8s.ns.name", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8s.svc.id", role=GROUP),
        Column("ID", "k8s.svc.id", width=38),
        Column("NAME", "k8s.svc.name", width=25),
        Column("NAMESPACE", "k8s.ns.name", width=20),
        Column("LABELS", "k8s.svc.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe services/%k8s.svc.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete services %k8s.svc.name"),
    ),
)
