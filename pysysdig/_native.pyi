"""What the native extension offers; native/*.c say the rest."""

from typing import Any

INTERFACE: int
PYTHON: int
SOURCES: str
STEP_OPS: tuple[str, ...]

class ThreadRow:
    def copy(self) -> Any: ...
    @classmethod
    def recall(
        cls, rows: list[Any], numbers: list[int], names: tuple[str, ...], memo: dict[Any, Any], make: Any, /
    ) -> list[Any]: ...
    @classmethod
    def settle(cls, rows: list[Any], /) -> None: ...

class FdRow:
    def copy(self) -> Any: ...
    @classmethod
    def recall(
        cls, rows: list[Any], numbers: list[int], names: tuple[str, ...], memo: dict[Any, Any], make: Any, /
    ) -> list[Any]: ...
    @classmethod
    def settle(cls, rows: list[Any], /) -> None: ...

class GroupRow: ...

def integers(items: list[int], out: Any, /) -> None: ...
def scatter_i64(values: dict[int, int], out: Any, /) -> None: ...
def scatter_i32(values: dict[int, int], out: Any, /) -> None: ...
def unfit(buf: Any, off: Any, large: Any, /) -> tuple[int, int]: ...

class Step:
    def __new__(
        cls,
        current_generation: bool,
        with_fds: bool,
        boot_ts: int,
        thread_class: type[ThreadRow],
        fd_class: type[FdRow],
        group_class: type[GroupRow],
        no_address: bytes,
        unset: int,
        ops: dict[int, int],
        /,
    ) -> Step: ...
    def run(
        self,
        shared: tuple[Any, ...],
        callbacks: tuple[Any, ...],
        spans: list[tuple[int, Any, Any]],
        positions: Any,
        tid: Any,
        ts: Any,
        types: Any,
        threadless: Any,
        enter: Any,
        valid: Any,
        fdnum: Any,
        column: Any,
        buf: Any,
        off: Any,
        slot_table: Any,
        /,
    ) -> None: ...

class Region:
    def __new__(cls, buf: Any, large: Any, /) -> Region: ...
    def event(self, offset: int, v1_count: int, /) -> Any: ...
    def lists(self, starts: Any, lens: Any, type: int, /) -> Any: ...
    def columns(self, start: Any, length: Any, type: int, /) -> Any: ...

def record_sizes(
    raw: Any, heap: Any, at: Any, group: Any, index: Any, first: Any, recipes: Any, bits: Any, sizes: Any, /
) -> None: ...
def record_events(
    raw: Any,
    heap: Any,
    at: Any,
    group: Any,
    index: Any,
    first: Any,
    recipes: Any,
    bits: Any,
    types: Any,
    clock: int,
    off: Any,
    out: Any,
    /,
) -> None: ...
def exit_numbers(
    types: Any,
    tells: Any,
    enter: Any,
    valid: Any,
    exits: Any,
    alone: Any,
    paired: bool,
    slots: Any,
    last: Any,
    numbers: Any,
    lacking: Any,
    /,
) -> int: ...
def fd_rows(
    types: Any,
    kinds: Any,
    paired: bool,
    thread: Any,
    valid: Any,
    fdnum: Any,
    numbers: Any,
    chosen: Any,
    files: Any,
    base: Any,
    size: Any,
    current: Any,
    first: Any,
    keys: Any,
    rows: Any,
    before: Any,
    out: Any,
    shown: Any,
    left: Any,
    /,
) -> int: ...
def numbers_as_of(
    current: Any, first: Any, keys: Any, values: Any, before: Any, slots: Any, seqs: Any, empty: int, out: Any, /
) -> None: ...
def rows_of(current: Any, first: Any, keys: Any, rows: Any, before: Any, slots: Any, index: Any, out: Any, /) -> None: ...
def slots(table: Any, tids: Any, out: Any, fresh: Any, /) -> int: ...
def keep_memory() -> None: ...
def join(pieces: list[Any], n: int, ends: Any, /) -> bytes: ...
def text_ends(buf: Any, start: Any, length: Any, limit: int, size: Any, kinds: Any, /) -> int: ...
def shape_keys(types: Any, counts: Any, known: Any, keys: Any, /) -> bool: ...
def stored_enters(
    tids: Any, keys: Any, wanted: Any, stored: Any, seed: int, places: Any, enter: Any, firsts: Any, lasts: Any, /
) -> tuple[int, int]: ...
def pair(
    types: Any,
    slots: Any,
    active: Any,
    execveat: int,
    execve_18: int,
    execve_19: int,
    open: Any,
    last: Any,
    before: Any,
    enter: Any,
    valid: Any,
    exits: Any,
    alone: Any,
    owners: Any,
    ends: Any,
    enters: Any,
    /,
) -> tuple[int, int, int]: ...
def fd_numbers(buf: Any, off: Any, types: Any, wanted: Any, positions: Any, numbers: Any, /) -> int: ...
def grouped(types: Any, room: Any, order: Any, /) -> list[tuple[int, int, int]]: ...
def spans(
    buf: Any, off: Any, pos: Any, width: int, v1_most: int, v1_slack: int, rows: int, start: Any, length: Any, /
) -> tuple[int, int, int, int]: ...
def walk(
    region: Any,
    base: int,
    types: int,
    off: Any,
    type: Any,
    tid: Any,
    ts: Any,
    length: Any,
    count: Any,
    first: Any,
    cpu: Any,
    flagged: Any,
    hidden: Any,
    /,
) -> tuple[int, int, int, int, int, int, str]: ...
def process_files(
    pid: int, /
) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, tuple[int, int, int, int, int, int] | None] | None: ...
def process_areas(pid: int, /) -> tuple[bytes, bytes] | None: ...
def process_descriptors(pid: int, most: int, /) -> list[tuple[int, bytes, int, int, int, int, int]]: ...
