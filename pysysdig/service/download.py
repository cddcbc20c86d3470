"""One file of a web server, with bounds."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import PysysdigError

if TYPE_CHECKING:
    from pysysdig.alerts.http import Tls

_TIMEOUT = 30.0  # seconds without a byte


class Download(NamedTuple):
    """What a server answered: the status (2xx), the names of its headers in lower case."""

    data: bytes
    headers: dict[str, str]


class Answered(PysysdigError):
    """A status that is no success: which, and what came with it (names in lower case)."""

    def __init__(self, url: str, status: int, headers: dict[str, str]) -> None:
        super().__init__(f"{url}: the server answered {status}")
        self.status = status
        self.headers = headers


def download(url: str, most: int, tls: Tls, headers: Mapping[str, str] | None = None, authorization: str = "") -> Download:
    """At most so many bytes. authorization: the header of that name, which goes to no other server if this one sends us there.
    Raises PysysdigError; Answered where the server said no."""
    request = urllib.request.Request(url, headers={"User-Agent": "pysysdig", **(headers or {})})
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        context = tls.context() if request.type == "https" else None
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:
            data: bytes = answer.read(most + 1)
            found = {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            raise Answered(url, error.code, {name.lower(): value for name, value in error.headers.items()}) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise PysysdigError(f"{url}: {getattr(reason, 'strerror', None) or reason}") from None
    if len(data) > most:
        raise PysysdigError(f"{url}: more than {most} bytes")
    return Download(data, found)
