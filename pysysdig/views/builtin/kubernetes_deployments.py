"""K8s Deployments (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_deployments",
    name="K8s Deployments",
    kind=TABLE,
    description="Kubernetes deployments and what their containers use.",
    filter="k8s.deployment.id != ''",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.svc.id k8s.ns.name", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8s.deployment.id", role=GROUP),
        Column("ID", "k8s.deployment.id", width=38),
        Column("NAME", "k8s.deployment.name", width=25),
        Column("NAMESPACE", "k8s.ns.name", width=20),
        Column("LABELS", "k8s.deployment.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8s.ns.name describe deployment %k8s.deployment.name"),
        Action("x", "kubectl --namespace=%k8s.ns.name delete deployment %k8s.deployment.name"),
    ),
)
