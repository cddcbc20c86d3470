"""Block types of the .scap format, and the limits this reader sets on what it takes from a file.

A capture is a sequence of blocks: type u32, total length u32, body, the total length again. A section header comes
first, then metadata (machine, interfaces, accounts, processes, descriptors), then events. Another section header
after an event starts another capture in the same file.
"""

from __future__ import annotations

from pysysdig.events.layout import HEADER_V1

SECTION_HEADER = 0x0A0D0D0A
BYTE_ORDER_MAGIC = 0x1A2B3C4D
MAJOR_VERSION = 1
MINOR_VERSION = 2

MACHINE_INFO = 0x201
PROCESS_LIST_V9 = 0x215
FD_LIST_V1, FD_LIST_V2 = 0x203, 0x218
INTERFACE_LIST_V1, INTERFACE_LIST_V2 = 0x205, 0x219
USER_LIST_V1, USER_LIST_V2 = 0x206, 0x220

EVENT_V1, EVENT_FLAGS_V1 = 0x204, 0x208
EVENT_V2, EVENT_FLAGS_V2 = 0x216, 0x217
EVENT_LARGE, EVENT_FLAGS_LARGE = 0x221, 0x222

PROCESS_LISTS = {0x202: 1, 0x207: 2, 0x209: 3, 0x210: 4, 0x211: 5, 0x212: 6, 0x213: 7, 0x214: 8, 0x215: 9}  # -> version

# numbers used before the format was released
PRE_RELEASE = {
    0x8000ABCD: 0x202,
    0x8001ABCD: FD_LIST_V1,
    0x8002ABCD: MACHINE_INFO,
    0x8010ABCD: EVENT_V1,
    0x8011ABCD: INTERFACE_LIST_V1,
    0x8012ABCD: USER_LIST_V1,
    0x8013ABCD: 0x207,
    0x8014ABCD: 0x209,
}

V1_EVENTS = frozenset({EVENT_V1, EVENT_FLAGS_V1, 0x8010ABCD})
LARGE_EVENTS = frozenset({EVENT_LARGE, EVENT_FLAGS_LARGE})
FLAGGED_EVENTS = frozenset({EVENT_FLAGS_V1, EVENT_FLAGS_V2, EVENT_FLAGS_LARGE})
EVENTS = V1_EVENTS | LARGE_EVENTS | {EVENT_V2, EVENT_FLAGS_V2, EVENT_FLAGS_V1}

HEADER = 8  # bytes: type and length
TRAILER = 4
CPU = 2  # cpu number before the event header
FLAGS = 4  # between the cpu number and the event header in FLAGGED_EVENTS
STATE_ONLY = 1  # flag: the event updates state but is not for the user (fatfile mode)

# --- limits, so that a damaged or hostile file can take neither memory nor time at will ---
MIN_EVENT_BLOCK = HEADER + CPU + HEADER_V1 + TRAILER  # an event of version 1 without parameters
MAX_EVENT_BLOCK = 65536 + HEADER  # the format's own limit for blocks that are not LARGE
MAX_LARGE_BLOCK = 32 << 20
MAX_ENTRY = 1 << 20  # one entry of a metadata list
MAX_METADATA_BLOCK = 256 << 20
MAX_METADATA_MEMORY = 256 << 20  # estimated size of the Python objects built from the metadata of one section
