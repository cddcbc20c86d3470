"""Alerts are all counted, and the first of them kept."""

from __future__ import annotations

from pysysdig.alerts.model import Alert
from pysysdig.report.alerts import KEPT_OF_RULE, AlertLog, Place


def alert(time: int, rule: str = "r", text: str = "") -> Alert:
    return Alert(time, 4, rule, "syscall", (), "box", text, {})


def test_counts() -> None:
    log = AlertLog(3)
    log.add((alert(100 + i), Place(9, 7)) for i in range(KEPT_OF_RULE + 50))
    log.add([(alert(110, "other", "a\n\u202e</script>"), Place(8, 7))])
    data = log.data({"origin": "100", "width": 16, "used": 40})
    assert [(r["name"], r["count"], sum(r["series"])) for r in data["rules"]] == [
        ("r", KEPT_OF_RULE + 50, KEPT_OF_RULE + 50),
        ("other", 1, 1),
    ]
    assert len(data["items"]) == KEPT_OF_RULE + 1
    assert data["items"][-1]["text"] == "a\\x0a\\u{202e}</script>"
    assert data["items"][-1]["filter"] == "evt.rawtime=110 and thread.tid=8"
