"""Port names from a services database."""

from pathlib import Path

import pytest

from pysysdig.state import services


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services"
    file.write_text("# comment\nhttp 80/tcp www # web\ndomain 53/tcp\nodd 80/udp\nbad\nworse x/tcp\nhuge 70000/tcp\n")
    monkeypatch.setattr(services, "DATABASE", str(file))
    services._tables.cache_clear()
    try:
        assert services.port_name(80, "tcp") == "http"
        assert services.port_name(80, "udp") == "odd"
        assert services.port_name(80) == "http"
        assert services.port_name(81, "tcp") == "81"
        assert services.port_number("www") == 80
        assert services.port_number("nope") is None
        monkeypatch.setattr(services, "DATABASE", str(tmp_path / "absent"))
        services._tables.cache_clear()
        assert services.port_name(80, "tcp") == "80"
    finally:
        services._tables.cache_clear()
