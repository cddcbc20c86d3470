"""The views of other schemas that there are."""

from __future__ import annotations

from pysysdig.sql.ecs import ECS
from pysysdig.sql.ocsf import OCSF
from pysysdig.sql.views import View

CATALOG: dict[str, tuple[View, ...]] = {"ecs": (ECS,), "ocsf": OCSF}
VIEWS: dict[str, View] = {view.name: view for views in CATALOG.values() for view in views}
