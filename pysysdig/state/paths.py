"""Path arithmetic as the reference does it (docs/reference/state-model.md 4)."""

from __future__ import annotations

from functools import lru_cache

MAX_PATH = 1024
_BAD = {c: "." for c in range(256) if not 0x20 <= c <= 0x7E}


@lru_cache(maxsize=4096)
def concatenate(base: str, path: str, keep_bytes: bool = False) -> str:
    """`path` made absolute against `base` and normalised.

    base is used only when path is relative and not empty, and is taken as it is. Empty and `.` components go, `..`
    goes one up but never above the first character, no trailing slash remains. Unprintable bytes become dots unless
    `keep_bytes` (the current libraries keep them). Longer than MAX_PATH: a fixed text.
    """
    if len(base) + len(path) + 1 > MAX_PATH:
        return "/DIR_TOO_LONG/FILENAME_TOO_LONG" if keep_bytes else "/PATH_TOO_LONG"
    if not keep_bytes and not (path.isascii() and path.isprintable()):
        path = path.translate(_BAD)
    relative = path != "" and path[0] != "/"
    if "//" not in path and "/." not in path and path[:1] != ".":  # nothing to normalise: the usual case
        whole = base + path if relative else path
        return whole[:-1] if len(whole) > 1 and whole[-1] == "/" else whole
    out = list(base) if relative else []
    empty_base = not out
    i, n = 0, len(path)
    while i < n:
        c = path[i]
        at_start = not out or out[-1] == "/"
        if c == "." and at_start:
            nxt = path[i + 1] if i + 1 < n else ""
            after = path[i + 2] if i + 2 < n else ""
            if nxt == "." and after in ("/", ""):
                if len(out) > 1:
                    out.pop()
                    while out and out[-1] != "/":
                        out.pop()
                i += 3 if after else 2
            elif nxt == "/":
                i += 2
            elif nxt == "":
                i += 1
            else:
                out.append(c)
                i += 1
        elif c == "/":
            if not ((out and out[-1] == "/") or (not out and not empty_base)):
                out.append(c)
            i += 1
        else:
            out.append(c)
            i += 1
    if len(out) > 1 and out[-1] == "/":
        out.pop()
    return "".join(out)


def directory_base(path: str) -> str:
    """A directory's path with the slash that joining needs."""
    return path if path.endswith("/") else path + "/"


def directory_of(path: str) -> str:
    """A path without its last component; "/" if nothing is left, the whole path if it ends in a slash."""
    at = path.rfind("/")
    if at <= 0:
        return "/"
    return path[:at] if at < len(path) - 1 else path


def file_of(path: str) -> str:
    """The last component of a path; the whole path if it ends in a slash, "/" if it has none."""
    at = path.rfind("/")
    if at < 0:
        return "/"
    return path[at + 1 :] if at < len(path) - 1 else path


def single_slashes(path: str) -> str:
    """A path with runs of slashes made one."""
    while "//" in path:
        path = path.replace("//", "/")
    return path
