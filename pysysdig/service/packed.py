"""An alert and its line as bytes, as the spool keeps them."""

from __future__ import annotations

import msgpack

from pysysdig.alerts.model import Alert
from pysysdig.service.lane import Item


def packed(item: Item) -> bytes:
    """Any item; what msgpack does not know becomes text."""
    alert, line = item
    try:
        body: bytes = msgpack.packb([list(alert), line.encode("latin-1")], default=str, unicode_errors="surrogatepass")
    except (OverflowError, ValueError):  # a number or a nesting that msgpack does not know
        return packed((alert._replace(fields={name: str(value) for name, value in alert.fields.items()}), line))
    return body


def unpacked(body: bytes) -> Item | None:
    """None: it is damaged."""
    try:
        values, line = msgpack.unpackb(body, unicode_errors="surrogatepass")
        values[4] = tuple(values[4])
        return Alert(*values), line.decode("latin-1")
    except (ValueError, TypeError, IndexError, AttributeError, msgpack.UnpackException):
        return None
