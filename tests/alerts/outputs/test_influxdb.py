"""Alerts in InfluxDB."""

from __future__ import annotations

from tests.alerts.outputs.sending import ALERT, posted


def test_a_point_is_escaped() -> None:
    (request,) = posted("influxdb", {}, "hostport", ALERT, ALERT._replace(fields={}, tags=(), text='q"'))
    assert request.path == "/write?precision=ns&db=falco"
    first, second = request.body.decode().splitlines()
    assert first.startswith("events,rule=My_rule\\,_1,priority=Error,source=syscall,fd.name=/bin/<hack>,k8s.ns.name=shop,")
    assert ',hostname=h1,tags=a_b value="' in first and first.endswith('Error below\\nsecond" 1558107116746609000')
    assert second.endswith('q\\"" 1558107116746609000')


def test_version_2() -> None:
    (request,) = posted("influxdb", {"organization": "o", "bucket": "b c", "token": "t"}, "hostport")
    assert request.path == "/api/v2/write?precision=ns&org=o&bucket=b+c" and request.headers["Authorization"] == "Token t"
