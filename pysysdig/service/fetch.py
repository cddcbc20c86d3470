"""Rules from a web server or a registry: a signed tar.gz, looked at again and again, checked and tried before it takes the place
of the one before.

What was fetched lies in folders of their own, named by their hashes; `current` is a link to the last one that was good. The
service has it among its rule files, so that a change of the link is a reload as any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pysysdig.alerts.http import Tls
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.service.download import Answered, download
from pysysdig.service.minisign import PublicKey, verify
from pysysdig.service.oci import SCHEME, Artifact

if TYPE_CHECKING:
    from pysysdig.service.log import Log

MOST_BYTES = 64 << 20  # of an archive, packed or not
_MOST_FILES = 1000
_MOST_SIGNATURE = 4096
_KEPT = 3  # folders
CURRENT = "current"


class FetchSettings(NamedTuple):
    """url "": nothing is fetched; interval: seconds; folder: where archives are kept; ca_file: PEM file to trust, "" = the
    system's; plain, user, password: of a registry, HTTP without TLS and who asks, "" = nobody in particular."""

    url: str
    key: PublicKey | None
    interval: float
    folder: str
    ca_file: str
    plain: bool = False
    user: str = ""
    password: str = ""

    @property
    def current(self) -> str:
        """The rules at work."""
        return os.path.join(self.folder, CURRENT)


class Place(Protocol):
    """Where rules come from."""

    def fetch(self, before: str, most: int) -> tuple[bytes, str] | None:
        """An archive of at most so many bytes, and what tells it from others; None: it is the one called `before`. Raises
        PysysdigError."""

    def signature(self, data: bytes, most: int) -> bytes:
        """Its signature. Raises PysysdigError."""


class Website:
    """A file of a web server, the signature beside it."""

    def __init__(self, url: str, tls: Tls) -> None:
        """Raises UsageError."""
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"configuration: pysysdig.rules.url: only http://, https:// and {SCHEME} are fetched from")
        self._url = url
        self._tls = tls

    def fetch(self, before: str, most: int) -> tuple[bytes, str] | None:
        try:
            found = download(self._url, most, self._tls, {"If-None-Match": before} if before else {})
        except Answered as error:
            if error.status == 304:
                return None
            raise
        return found.data, found.headers.get("etag", "")

    def signature(self, data: bytes, most: int) -> bytes:
        return download(self._url + ".minisig", most, self._tls).data


def place(settings: FetchSettings) -> Place:
    """What the URL says. Raises UsageError."""
    tls = Tls(ca_file=settings.ca_file)
    if settings.url.startswith(SCHEME):
        return Artifact(settings.url, tls, plain=settings.plain, user=settings.user, password=settings.password)
    return Website(settings.url, tls)


class Fetcher:
    """Looks for other rules in a thread of its own, once `start` has been called.

    error    why the latest look failed, "" if it did not
    """

    def __init__(self, settings: FetchSettings, log: Log, try_: Callable[[str], None]) -> None:
        """try_: reads the rules of a folder as the service would; raises PysysdigError if they are not good. Raises
        UsageError."""
        self.settings = settings
        self.error = ""
        self._log = log
        self._place = place(settings)
        self._try = try_
        self._etag = self._wrong = ""  # of what was fetched last: what tells it from others, and what is wrong with it
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
        found = self._place.fetch(self._etag, MOST_BYTES)
        if found is None:
            return False
        data, etag = found
        self._etag = self._wrong = ""
        if settings.key is not None:
            verify(settings.key, data, self._place.signature(data, _MOST_SIGNATURE))
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
