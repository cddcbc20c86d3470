/* One encoded event: its header, its table of parameter lengths, the values back to back (see events/layout.py). */
#ifndef PYSYSDIG_EVENT_H
#define PYSYSDIG_EVENT_H

#include "loads.h"

enum {
    EVENT_TS = 0,
    EVENT_TID = 8,
    EVENT_LENGTH = 16,
    EVENT_TYPE = 20,
    EVENT_COUNT = 22,
    EVENT_HEADER_V1 = 22,
    EVENT_HEADER_V2 = 26,
};

/* The size in bytes of the parameter at an entry of the table; width: of an entry, 2 or 4. */
static inline uint32_t parameter_size(const uint8_t *entry, int width)
{
    return width == 4 ? load_u32(entry) : load_u16(entry);
}

#endif
