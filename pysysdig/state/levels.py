"""How much state a field or a run needs; a run uses the highest level of all its fields."""

from __future__ import annotations

EVENT = 0  # none
THREAD = 1  # threads
FD = 2  # threads and descriptors
COUNTERS = 3  # also the running counters
ORDERS = 4  # also in what order the reference lists the descriptors that are open at an event
