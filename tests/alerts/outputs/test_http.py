"""Alerts posted to a web server."""

from __future__ import annotations

import gzip
import json
import ssl
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import AlertOutput, Refused, Setting
from pysysdig.alerts.outputs.http import Output
from pysysdig.errors import PysysdigError
from pysysdig.output.stream import Output as Stream
from tests.alerts.outputs.servers import free_port, started
from tests.service.peers import until, web_peer

ALERT = Alert(10**18, 5, "R", "syscall", (), "box", "text", {}, "u-1")


def output(url: str, more: dict[str, str] | None = None, *, json: bool = False) -> AlertOutput:
    return Output(Setting("http", {"url": url, **(more or {})}, Stream(), json))


@pytest.mark.parametrize("json", [True, False])
def test_a_request_is_falcos(json: bool) -> None:
    with web_peer() as peer:
        out = output(f'"{peer.url}?a=b"', json=json)
        out.send([ALERT, ALERT], ["one\n", "tw\xc3\xb6\n"])
        out.close()
    first = peer.requests[0]
    assert peer.bodies == [b"one", b"tw\xc3\xb6"] and (first.method, first.path) == ("POST", "/in?a=b")
    assert first.headers["Content-Type"] == ("application/json" if json else "text/plain")
    assert (first.headers["User-Agent"], first.headers["Accept"]) == ("falcosecurity/falco", "*/*")
    assert first.headers["Idempotency-Key"] == "u-1"


def test_options(capfd: pytest.CaptureFixture[str]) -> None:
    line = "x" * 4000 + "\n"
    with web_peer() as peer:
        peer.answers.append((200, b"heard\n"))
        out = output(peer.url, {"user_agent": "me", "echo": "true", "compress_uploads": "true", "keep_alive": "true"})
        out.send([ALERT], [line])
        out.close()
    sent = peer.requests[0]
    assert sent.headers["Content-Encoding"] == "gzip" and gzip.decompress(sent.body) == b"x" * 4000 and len(sent.body) < 200
    assert sent.headers["User-Agent"] == "me" and capfd.readouterr().out == "heard\n"


@pytest.mark.parametrize(
    ("status", "again"),
    [(500, True), (503, True), (429, True), (408, True), (401, True), (404, True), (301, True), (400, False), (413, False)],
)
def test_what_an_answer_means(status: int, again: bool) -> None:
    with web_peer() as peer:
        peer.answers.append((status, b"no\x1b"))
        out = output(peer.url)
        with pytest.raises(PysysdigError, match=f"answered {status}: no") as caught:
            out.send([ALERT], ["x\n"])
        assert isinstance(caught.value, Refused) is not again
        out.send([ALERT], ["x\n"])
        out.close()


_NGINX = """daemon off; pid {folder}/pid; error_log {folder}/errors; user root; worker_processes 1; events {{ }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; access_log off;
    log_format taken escape=json '{{"method":"$request_method","body":"$request_body","key":"$http_idempotency_key",'
        '"type":"$http_content_type","agent":"$http_user_agent","client":"$ssl_client_s_dn","status":"$status"}}';
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem; ssl_client_certificate {folder}/ca.pem;
    server {{ listen 127.0.0.1:{behind}; return 204; }}
    server {{ listen 127.0.0.1:{port} ssl; access_log {folder}/taken taken;
              location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}
    server {{ listen 127.0.0.1:{mutual} ssl; ssl_verify_client on; access_log {folder}/taken taken;
              location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}
}}
"""


def test_a_real_nginx_with_tls(tmp_path: Path) -> None:
    """Requests are what it understands; whom it or we do not trust is told so, and the alert waits."""
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    for name, issuer in (("mine", authority), ("theirs", other)):
        made = issuer.issue_cert("client")
        made.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        made.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.crt"))
    port, mutual, behind = free_port(), free_port(), free_port()
    (tmp_path / "conf").write_text(_NGINX.format(folder=tmp_path, port=port, mutual=mutual, behind=behind))

    def out(to: int, trusted: str = "ca", shown: str = "") -> AlertOutput:
        options = {"ca_cert": f"{tmp_path}/{trusted}.pem"}
        if shown:
            options |= {"mtls": "true", "client_cert": f"{tmp_path}/{shown}.crt", "client_key": f"{tmp_path}/{shown}.key"}
        return output(f"https://localhost:{to}/in", options, json=True)

    def taken() -> list[dict[str, str]]:
        lines = (tmp_path / "taken").read_text().splitlines() if (tmp_path / "taken").exists() else []
        return [line for line in map(json.loads, lines) if line["status"] == "204"]

    with started("nginx", ["-p", tmp_path, "-e", tmp_path / "errors", "-c", tmp_path / "conf"], mutual, tmp_path):
        good = out(port)
        good.send([ALERT, ALERT._replace(uuid="u-2")], ['{"a":"\xc3\xa9"}\n', "{}\n"])
        good.close()
        for to, trusted, shown in ((port, "other", ""), (mutual, "ca", ""), (mutual, "ca", "theirs")):
            with pytest.raises(PysysdigError, match=r"(?i)certificate|alert|closed|reset") as caught:
                out(to, trusted, shown).send([ALERT], ["x\n"])
            assert not isinstance(caught.value, Refused)
        out(mutual, shown="mine").send([ALERT._replace(uuid="u-3")], ["{}\n"])
        until(lambda: len(taken()) == 3)
    first, second, third = taken()
    assert (first["method"], first["body"], first["key"]) == ("POST", '{"a":"\u00e9"}', "u-1")
    assert (first["type"], first["agent"], second["key"]) == ("application/json", "falcosecurity/falco", "u-2")
    assert third["key"] == "u-3" and third["client"] and not first["client"]


def test_tls(tmp_path: Path) -> None:
    """The server is checked unless that is not wanted, and shown a certificate if it asks for one."""
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    mine = authority.issue_cert("client")
    mine.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "client.crt"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    right = {"ca_cert": str(tmp_path / "ca.pem")}
    ours = {"mtls": "true", "client_cert": str(tmp_path / "client.crt"), "client_key": str(tmp_path / "client.key")}
    with web_peer(context) as peer:
        wrong: list[dict[str, str]] = [{"ca_cert": str(tmp_path / "other.pem")}, {}, {"ca_bundle": str(tmp_path / "none.pem")}]
        for bad in wrong:
            with pytest.raises(PysysdigError, match=r"(?i)certificate|No such file"):
                output(peer.url, bad).send([ALERT], ["x\n"])
        assert not peer.requests
        for good in (right, {"ca_bundle": str(tmp_path / "ca.pem")}, {"insecure": "true"}):
            output(peer.url, good).send([ALERT], ["x\n"])
        assert len(peer.requests) == 3
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with web_peer(context) as peer:
        with pytest.raises(PysysdigError):
            output(peer.url, right).send([ALERT], ["x\n"])
        output(peer.url, {**right, **ours}).send([ALERT], ["y\n"])
    assert peer.bodies == [b"y"]
