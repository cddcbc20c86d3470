"""What counts as a log."""

import pytest

from pysysdig.report.tally import is_log


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("/var/log/messages", True),
        ("/srv/a.log", True),
        ("/srv/access_log", True),
        ("/var/log/a.gz", False),
        ("/etc/passwd", False),
    ],
)
def test_logs(name: str, log: bool) -> None:
    assert is_log(name) is log
