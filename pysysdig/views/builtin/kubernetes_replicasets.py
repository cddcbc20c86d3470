"""K8s ReplicaSets (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_replicasets",
    name="K8s ReplicaSets",
    kind=TABLE,
    description="Kubernetes replica sets and what their containers use.",
    filter="k8s.rs.id != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.svc.id k8s.ns.name", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
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
