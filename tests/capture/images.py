"""What containers of tests are made of."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path


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


def archive(path: Path, name: str, *command: str) -> None:
    """An archive of an image of that layer, as `docker load`, `podman load` and `ctr images import` take it."""
    layer = busybox_layer("echo", "sleep", "sh")
    sha = hashlib.sha256(layer).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha}"]}}
    files = {"config.json": json.dumps({**config, "config": {"Cmd": list(command)}}).encode(), "layer.tar": layer}
    files["manifest.json"] = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for file, data in files.items():
            item = tarfile.TarInfo(file)
            item.size = len(data)
            tar.addfile(item, io.BytesIO(data))
