"""Rules from a web server: a signed tar.gz, looked at again and again, checked and tried before it takes the place of the one
before.

What was fetched lies in folders of their own, named by their hashes; `current` is a link to the last one that was good. The
service has it among its rule files, so that a change of the link is a reload as any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import os
import shutil
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.service.minisign import PublicKey, verify

if TYPE_CHECKING:
    from pysysdig.alerts.http import Tls
    from pysysdig.service.log import Log

MOST_BYTES = 64 << 20  # of an archive, packed or not
_MOST_FILES = 1000
_MOST_SIGNATURE = 4096
_TIMEOUT = 30.0
_KEPT = 3  # folders
CURRENT = "current"


class FetchSettings(NamedTuple):
    """url "": nothing is fetched; interval: seconds; folder: where archives are kept; ca_file: PEM file to trust, "" = the
    system's."""

    url: str
    key: PublicKey | None
    interval: float
    folder: str
    ca_file: str

    @property
    def current(self) -> str:
        """The rules at work."""
        return os.path.join(self.folder, CURRENT)


class Fetcher:
    """Looks for other rules in a thread of its own, once `start` has been called.

    error    why the latest look failed, "" if it did not
    """

    def __init__(self, settings: FetchSettings, log: Log, tls: Tls, try_: Callable[[str], None]) -> None:
        """try_: reads the rules of a folder as the service would; raises PysysdigError if they are not good."""
        self.settings = settings
        self.error = ""
        self._log = log
        self._tls = tls
        self._try = try_
        self._etag = self._wrong = ""  # of what was fetched last: the tag, and what is wrong with it
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look again and again."""
        self._thread = threading.Thread(target=self._run, name="rules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more of it. A look that is under way is not waited for."""
        self._end.set()

    def _run(self) -> None:
        while not self._end.wait(self.settings.interval):
            self.look()

    def look(self) -> bool:
        """Fetch what is new; whether it has taken the place of the rules before. What is wrong is logged once."""
        try:
            changed = self._look()
        except PysysdigError as error:
            text = f"rules of {self.settings.url}: {error.render()}"
            if text != self.error:
                self._log.error(f"{text}; those that are there stay")
            self.error = text
            if self._etag:
                self._wrong = text
            return False
        self.error = self._wrong
        return changed

    def _look(self) -> bool:
        settings = self.settings
        found = self._get(settings.url, MOST_BYTES, self._etag)
        if found is None:
            return False
        data, etag = found
        self._etag = self._wrong = ""
        if settings.key is not None:
            signature = self._get(settings.url + ".minisig", _MOST_SIGNATURE, "")
            verify(settings.key, data, signature[0] if signature is not None else b"")
        folder = os.path.join(settings.folder, hashlib.sha256(data).hexdigest())
        try:
            if os.path.realpath(settings.current) == os.path.realpath(folder):
                self._etag = etag
                return False
            unpack(data, folder)
            self._try(folder)
            self._switch(folder)
        except OSError as error:
            raise PysysdigError(f"{settings.folder}: {error.strerror or error}") from None
        except PysysdigError:
            self._etag = etag  # it does not get better by being fetched again
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._etag = etag
        self._log.info(f"rules of {settings.url}: {os.path.basename(folder)[:12]} are new")
        return True

    def _switch(self, folder: str) -> None:
        """The link is changed in one step; the oldest folders go."""
        fresh = f"{self.settings.current}.new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh)
        os.symlink(os.path.basename(folder), fresh)
        os.replace(fresh, self.settings.current)
        with os.scandir(self.settings.folder) as entries:
            others = [(e.stat().st_mtime_ns, e.path) for e in entries if e.is_dir(follow_symlinks=False) and e.path != folder]
        for _, path in sorted(others)[: max(len(others) + 1 - _KEPT, 0)]:
            shutil.rmtree(path, ignore_errors=True)

    def _get(self, url: str, most: int, etag: str) -> tuple[bytes, str] | None:
        """What is there, and its ETag; None: what was there before."""
        request = urllib.request.Request(url, headers={"User-Agent": "pysysdig", **({"If-None-Match": etag} if etag else {})})
        if request.type not in ("http", "https"):
            raise PysysdigError("only http:// and https:// are fetched from")
        try:
            context = self._tls.context() if request.type == "https" else None
            with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:
                data: bytes = answer.read(most + 1)
                told: str = answer.headers.get("ETag") or ""
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return None
            raise PysysdigError(f"{url}: the server answered {error.code}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise PysysdigError(f"{url}: {getattr(reason, 'strerror', None) or reason}") from None
        if len(data) > most:
            raise PysysdigError(f"{url}: more than {most} bytes")
        return data, told


def unpack(data: bytes, folder: str) -> None:
    """The .yaml and .yml files of a tar.gz, those in folders, too, side by side in a new folder. Raises PysysdigError,
    OSError."""
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as archive:
            for member in archive:
                name = os.path.basename(member.name)
                if not member.isreg() or not name.endswith((".yaml", ".yml")) or name.startswith("."):
                    continue
                left -= member.size
                if left < 0 or len(files) >= _MOST_FILES:
                    raise PysysdigError(f"more than {MOST_BYTES} bytes or {_MOST_FILES} files in the archive")
                if name in files:
                    raise PysysdigError(f"two files called {name} in the archive")
                found = archive.extractfile(member)
                files[name] = found.read() if found is not None else b""
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise PysysdigError(f"not a tar.gz: {error}") from None
    if not files:
        raise PysysdigError("no .yaml or .yml files in the archive")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, 0o755)
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
