"""K8s Controllers (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_controllers",
    name="K8s Controllers",
    kind=TABLE,
    description="Kubernetes replication controllers and what their containers use.",
    filter="k8s.rc.id != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.svc.id k8s.ns.name", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8s.rc.id", role=GROUP),
        Column("ID", "k8s.rc.id", width=38),
        Column("NAME", "k8s.rc.name", width=25),
        Column("NAMESPACE", "k8s.ns.name", width=20),
        Column("LABELS", "k8s.rc.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe rc %k8s.rc.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete rc %k8s.rc.name"),
    ),
)
