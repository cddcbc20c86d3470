"""What containers of tests are made of."""

from __future__ import annotations

import io
import shutil
import tarfile


def busybox_layer(*commands: str) -> bytes:
    """A tar archive with this machine's static busybox, under the names of these commands, and the folders of a root."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(str(shutil.which("busybox")), "bin/busybox")
        for name in commands:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("etc", "proc", "sys", "dev", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    return layer.getvalue()
