"""The Python interface: captures, and the running machine, as tables. `import pysysdig` gives what stands in `__all__` here."""

from pysysdig.api.alerts import Alerts
from pysysdig.api.trace import Trace, live, open
from pysysdig.errors import CaptureError, FilterError, PysysdigError, UsageError
from pysysdig.extras import MissingExtra
from pysysdig.sql.translate import to_sql

__all__ = [
    "Alerts",
    "CaptureError",
    "FilterError",
    "MissingExtra",
    "PysysdigError",
    "Trace",
    "UsageError",
    "live",
    "open",
    "to_sql",
]
