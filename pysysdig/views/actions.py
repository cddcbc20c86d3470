"""Actions that several views offer on a process."""

from pysysdig.views.model import Action

PROCESS_ACTIONS = (
    Action("9", "kill -9 %proc.pid", confirm=True),
    Action("c", "gcore %proc.pid"),
    Action("g", "gdb -p %proc.pid"),
    Action("k", "kill %proc.pid", confirm=True),
    Action("l", "ltrace -p %proc.pid"),
    Action("s", 'gdb -p %proc.pid --batch --quiet -ex "thread apply all bt full" -ex "quit"'),
)
