"""Make tests/golden/ from the collection of recorded outputs beside the source tree: what concerns the captures in captures/.

    python tools/golden.py [SHARED]

manifest.json says what was run, outputs.tar.xz what it printed. See tests/golden/README.md.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests" / "golden"


def cases(shared: Path, kind: str, ending: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Those of a collection that need nothing but a capture of ours and rules that may be copied, with their outputs."""
    for case in json.loads((shared / kind / "manifest.json").read_text()):
        ours = (ROOT / "captures" / case["capture"]).exists()
        if ours and all(name.startswith("golden_rules/") for name in case.get("rules", ())):
            recorded = shared / kind / f"{case['id']}.{ending}.gz"
            yield case, gzip.decompress(recorded.read_bytes()) if recorded.exists() else b""


def main() -> None:
    """See above."""
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared")
    manifest: dict[str, list[dict[str, Any]]] = {}
    outputs: list[tuple[str, bytes]] = []
    for name, kind, ending in (("sysdig", "golden", "txt"), ("libs", "golden_libs", "txt"), ("alerts", "golden_alerts", "jsonl")):
        found = list(cases(shared, kind, ending))
        manifest[name] = [case for case, _ in found]
        outputs += [(f"{name}/{case['id']}", output) for case, output in found]
    for path in [*(shared / "golden_validate").glob("*.*"), *(shared / "golden_rules").glob("*.yaml")]:
        if path.suffix in (".json", ".yaml"):
            outputs.append((f"{path.parent.name.removeprefix('golden_')}/{path.name}", path.read_bytes()))
    TARGET.mkdir(exist_ok=True)
    (TARGET / "manifest.json").write_text(json.dumps(manifest, indent=0) + "\n")
    with tarfile.open(TARGET / "outputs.tar.xz", "w:xz", preset=9) as archive:
        for name, data in sorted(outputs, key=lambda o: (o[0].split(".")[-2:], o[0])):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


if __name__ == "__main__":
    main()
