"""Parameters of events: none with text passes unless somebody has said what it is."""

from __future__ import annotations

import pytest

from pysysdig.events.build import encode, sockaddr, socktuple
from pysysdig.events.table import CURRENT, OLD, SIZES, load
from pysysdig.redaction.parameters import treatments
from pysysdig.redaction.policy import DEFAULT
from pysysdig.redaction.values import Values

VALUES = Values(DEFAULT, b"k" * 32)
SECRET = "Zq9secretZq9"
KEPT = {"comm", "arg2_str", "image"}  # by the default policy


def samples(kind: str) -> list[bytes]:
    text = SECRET.encode()
    made = [text, text + b"\0", text + b"\0" + text + b"\0", b"\x01" + text, b"\x00" + text, b"\xff" + text, text[:4]]
    if kind == "SOCKADDR":
        made += [sockaddr(f"/{SECRET}"), b"\x02" + text, b"\x0a" + text]
    elif kind == "SOCKTUPLE":
        made += [socktuple((1, 2, f"/{SECRET}")), b"\x02" + text, b"\x10" + text]
    return made


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_no_text_of_any_event_passes(generation: str) -> None:
    for info in load(generation):
        treats = treatments(VALUES, info.type, generation)
        assert len(treats) >= len(info.params)
        for param, treat in zip(info.params, treats):
            if param.type in SIZES or param.name in KEPT:
                continue
            assert treat is not None, (info.enum, param)
            for data in samples(param.type):
                assert b"secret" not in treat(data), (info.enum, param, data)


def test_ends_of_sockets() -> None:
    treat = treatments(VALUES, next(i.type for i in load(CURRENT) if i.enum == "SOCKET_CONNECT_X"), CURRENT)[1]
    assert treat is not None
    assert treat(socktuple(("1.2.3.4", 80, "5.6.7.8", 90))) == socktuple(("1.2.3.0", 80, "5.6.7.0", 90))
    made = treat(encode("SOCKTUPLE", (7, 8, "/run/x")))
    assert made == socktuple((7, 8, f"/run/{VALUES.hashed('x')}"))
