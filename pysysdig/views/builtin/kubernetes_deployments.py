"""K8s Deployments (docs/reference/chisels.md, views), as a collector tells of them: nothing else tells csysdig's fields
any more."""

from pysysdig.views.model import GROUP, REST, TABLE, Action, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="kubernetes_deployments",
    name="K8s Deployments",
    kind=TABLE,
    description="Kubernetes deployments and what their containers use.",
    filter="k8smeta.deployment.uid exists",
    defaults=True,
    drilldown="kubernetes_pods",
    applies_to=selections("evt.res k8s.pod.id k8s.ns.name k8smeta.svc.uid", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "k8smeta.deployment.uid", role=GROUP),
        Column("ID", "k8smeta.deployment.uid", width=38),
        Column("NAME", "k8smeta.deployment.name", width=25),
        Column("NAMESPACE", "k8smeta.ns.name", width=20),
        Column("LABELS", "k8smeta.deployment.labels", width=REST),
    ),
    actions=(
        Action("d", "kubectl --namespace=%k8smeta.ns.name describe deployment %k8smeta.deployment.name"),
        Action("x", "kubectl --namespace=%k8smeta.ns.name delete deployment %k8smeta.deployment.name"),
    ),
)
