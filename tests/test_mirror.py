"""The tests mirror the house: what pysysdig/a/b.py does is tested in tests/a/test_b.py, or b stands in unmirrored.txt.

Each line there has the reason, or where the module is tested instead. The list only gets shorter: a line that is no longer needed
is an error, and so is a new module without a test file.
"""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).parent / "unmirrored.txt"
MOST = 20  # only gets smaller
DATA = ("views/builtin/",)  # modules that are data; one test tries them all (tests/views/test_builtin.py)


def modules(root: Path) -> set[str]:
    """All modules written by hand that hold code, as paths in the package."""
    package = root / "pysysdig"
    paths = {p.relative_to(package).as_posix() for p in package.rglob("*.py") if not p.name.startswith("_")}
    return {path for path in paths if not path.startswith(DATA)}


def mirrored(root: Path, module: str) -> bool:
    path = Path(module)
    return (root / "tests" / path.parent / f"test_{path.name}").is_file()


def test_each_module_has_its_tests(root: Path) -> None:
    lines = [line.partition("#") for line in LIST.read_text().splitlines()]
    assert all(reason.strip() for _, _, reason in lines), f"{LIST.name}: a line without a reason"
    listed = [module.strip() for module, _, _ in lines]
    assert listed == sorted(set(listed)) and len(listed) <= MOST, f"{LIST.name}: not in order, or longer than it was"
    bare = {m for m in modules(root) if not mirrored(root, m)}
    new = sorted(bare - set(listed))
    assert not new, f"no test file (tests/FOLDER/test_MODULE.py): {new}"
    gone = sorted(set(listed) - bare)
    assert not gone, f"no longer needed in {LIST.name}: {gone}"
