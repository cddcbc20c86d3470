"""K8s Pods (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_pods",
    name="K8s Pods",
    kind=TABLE,
    description="Kubernetes pods and what their containers use.",
    filter="k8s.pod.id != ''",
    defaults=True,
    drilldown="containers",
    applies_to=selections(
        "evt.res k8s.ns.name k8smeta.rc.uid k8smeta.rs.uid k8smeta.svc.uid k8smeta.deployment.uid", orchestrators=False
    ),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8s.pod.id", role=GROUP),
        Column("ID", "k8s.pod.id", width=38),
        Column("NAME", "k8s.pod.name", width=25),
        Column("NAMESPACE", "k8s.ns.name", width=20),
        Column("LABELS", "k8s.pod.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe pods %k8s.pod.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete pods %k8s.pod.name"),
        Action("b", "kubectl --namespace=%k8s.ns.name exec %k8s.pod.name -i -t -- /bin/bash"),
        Action("l", "kubectl --namespace=%k8s.ns.name logs %k8s.pod.name"),
        Action("f", "kubectl --namespace=%k8s.ns.name logs -f %k8s.pod.name"),
        Action("o", "kubectl --namespace=%k8s.ns.name logs -p %k8s.pod.name"),
    ),
)
