"""K8s Namespaces (docs/reference/chisels.md, views). By name: csysdig goes by ids, which nothing tells any more."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_namespaces",
    name="K8s Namespaces",
    kind=TABLE,
    description="Kubernetes namespaces and what their containers use.",
    filter="k8s.ns.name != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections(
        "evt.res k8s.pod.id k8smeta.rc.uid k8smeta.rs.uid k8smeta.svc.uid k8smeta.deployment.uid", orchestrators=False
    ),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8s.ns.name", role=GROUP),
        Column("ID", "k8s.ns.id", width=38),
        Column("NAME", "k8s.ns.name", width=25),
        Column("LABELS", "k8s.ns.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe namespaces %k8s.ns.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete namespaces %k8s.ns.name"),
    ),
)
