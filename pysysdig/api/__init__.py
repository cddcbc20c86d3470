"""The Python interface: captures, and the running machine, as tables. `import pysysdig` gives what stands in `__all__` here."""

from pysysdig.api.alerts import Alerts
from pysysdig.api.trace import Trace, live, open
from pysysdig.sql.translate import to_sql

__all__ = ["Alerts", "Trace", "live", "open", "to_sql"]
