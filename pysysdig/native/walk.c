/* The event blocks at the start of a region, one after the other, to columns. The twin of scap/walk.py. */
#include "loads.h"
#include "module.h"

enum { DONE, MORE, OTHER, CORRUPT }; /* as in scap/walk.py */

enum {
    HEADER = 8, /* of a block: type and length */
    CPU = 2,
    FLAGS = 4,
    TRAILER = 4,
    HEADER_V1 = 22, /* of an event */
    HEADER_V2 = 26,
    MAX_EVENT_BLOCK = 65536 + HEADER,
    MAX_LARGE_BLOCK = 32 << 20,
    STATE_ONLY = 1,
    MAX_PARAMS = 255,
    OLD_SLACK = 3, /* two old event types were recorded with a length so much too large */
};

typedef struct {
    bool known, v1, flagged, large;
} Kind;

static Kind kind_of(uint32_t type)
{
    switch (type) {
    case 0x204:
    case 0x8010abcd:
        return (Kind){.known = true, .v1 = true};
    case 0x208:
        return (Kind){.known = true, .v1 = true, .flagged = true};
    case 0x216:
        return (Kind){.known = true};
    case 0x217:
        return (Kind){.known = true, .flagged = true};
    case 0x221:
        return (Kind){.known = true, .large = true};
    case 0x222:
        return (Kind){.known = true, .flagged = true, .large = true};
    default:
        return (Kind){.known = false};
    }
}

/* Whether the parameters of an event of version 2 are known to fit it. The event is within its region, whose end is at `end`. */
static inline bool fits(const uint8_t *event, uint32_t size, uint32_t count, bool large, const uint8_t *end)
{
    if (count > MAX_PARAMS || large)
        return false; /* those are looked at one by one by who wants to know */
    uint32_t total = HEADER_V2 + 2 * count;
    if (total > size)
        return false;
    const uint8_t *lengths = event + HEADER_V2;
    if (count <= 4 && end - lengths >= 8) { /* all at once: as most are */
        const uint64_t even = 0x0000ffff0000ffffu;
        const uint64_t four = load_u64(lengths) & (count < 4 ? (1ull << 16 * count) - 1 : UINT64_MAX);
        const uint64_t two = (four & even) + (four >> 16 & even);
        return total + (uint32_t)two + (uint32_t)(two >> 32) <= size;
    }
    for (uint32_t i = 0; i < count; i++)
        total += load_u16(lengths + 2 * i);
    return total <= size;
}

/* walk(region, base, types, large, off, type, tid, ts, length, count, first, value, valued, cpu, flagged, hidden)
 * -> see the list below */
static PyObject *walk(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("walk", items, given);
    U8In region = u8_in(&a, 0);
    int64_t base = integer(&a, 0, INT64_MAX / 2);
    int64_t types = integer(&a, 0, 65536);
    BoolIn large = bool_in(&a, 65536);
    I64Out off = i64_out(&a, 1);
    U16Out type = u16_out(&a, off.n);
    I64Out tid = i64_out(&a, off.n);
    U64Out ts = u64_out(&a, off.n);
    U32Out length = u32_out(&a, off.n);
    U32Out count = u32_out(&a, off.n);
    U16Out first = u16_out(&a, off.n);
    I64Out value = i64_out(&a, off.n);
    BoolOut valued = bool_out(&a, off.n);
    U16Out cpu = u16_out(&a, off.n);
    BoolOut flagged = bool_out(&a, off.n);
    BoolOut hidden = bool_out(&a, off.n);
    if (!arguments_taken(&a))
        return NULL;

    const uint8_t *const data = region.at;
    const size_t size = (size_t)region.n;
    size_t at = 0, need = HEADER;
    Py_ssize_t n = 0;
    int why = MORE;
    bool v1 = false, any_flagged = false, sound = true;
    uint32_t said = 0, also = 0; /* for messages */
    Kind kind = {.known = false};
    int64_t kind_type = -1; /* none so far */
    uint32_t extra = 0, header = 0, most = 0; /* of blocks of that type */
    const char *message = NULL;

    Py_BEGIN_ALLOW_THREADS
    while (n < off.n) {
        if (size - at < HEADER)
            break;
        const uint32_t block_type = load_u32(data + at);
        const uint32_t block = load_u32(data + at + 4);
        if (block_type != kind_type) {
            kind = kind_of(block_type);
            kind_type = block_type;
            if (!kind.known) {
                why = OTHER;
                break;
            }
            extra = CPU + (kind.flagged ? FLAGS : 0);
            header = kind.v1 ? HEADER_V1 : HEADER_V2;
            most = kind.large ? MAX_LARGE_BLOCK : MAX_EVENT_BLOCK;
        }
        if (block < HEADER + extra + header + TRAILER || block > most) {
            why = CORRUPT;
            message = "event block of %u bytes";
            said = block;
            break;
        }
        if (block > size - at) {
            need = block;
            break;
        }
        if (at != 0 && kind.v1 != v1)
            break;
        v1 = kind.v1;
        const uint32_t trailer = load_u32(data + at + block - TRAILER);
        if (trailer != block) {
            why = CORRUPT;
            message = "block length %u at the start, %u at the end";
            said = block;
            also = trailer;
            break;
        }
        const uint8_t *const event = data + at + HEADER + extra;
        const uint32_t event_size = load_u32(event + 16);
        if (event_size < header || event_size > MAX_LARGE_BLOCK ||
            event_size + HEADER + extra + TRAILER > block + (v1 ? OLD_SLACK : 0)) {
            why = CORRUPT;
            message = "event of %u bytes in a block of %u";
            said = event_size;
            also = block;
            break;
        }
        const uint16_t event_type = load_u16(event + 20);
        if (event_type < types) {
            off.at[n] = base + (event - data);
            type.at[n] = event_type;
            ts.at[n] = load_u64(event);
            tid.at[n] = load_i64(event + 8);
            length.at[n] = event_size;
            const uint32_t params = v1 ? 0 : load_u32(event + 22);
            const uint16_t size_of_first = v1 ? 0 : load_u16(event + HEADER_V2); /* the block's trailer, if nothing follows */
            const bool is_large = large.at[event_type];
            count.at[n] = params;
            first.at[n] = size_of_first;
            const bool there = size_of_first == 8 && params > 0 && params <= MAX_PARAMS && !is_large &&
                               HEADER_V2 + 2 * params + 8 <= event_size;
            valued.at[n] = there;
            value.at[n] = there ? load_i64(event + HEADER_V2 + 2 * params) : 0;
            sound = sound && !v1 && fits(event, event_size, params, is_large, data + size);
            cpu.at[n] = load_u16(data + at + HEADER);
            flagged.at[n] = kind.flagged;
            hidden.at[n] = kind.flagged && (load_u32(data + at + HEADER + CPU) & STATE_ONLY);
            any_flagged |= kind.flagged;
            n++;
        }
        at += block;
    }
    Py_END_ALLOW_THREADS

    arguments_done(&a);
    PyObject *text = message == NULL ? PyUnicode_FromString("") : PyUnicode_FromFormat(message, said, also);
    if (text == NULL)
        return NULL;
    return Py_BuildValue("niiiinnN", n, (int)v1, (int)sound, (int)any_flagged, why, (Py_ssize_t)at, (Py_ssize_t)need, text);
}

PyMethodDef walk_functions[] = {
    FUNCTION(walk,
             "walk(region, base, types, large, off, type, tid, ts, length, count, first, value, valued, cpu, flagged, hidden)\n"
             "-> (events, v1, sound, any flagged, why, at, need, message)\n\n"
             "Fill columns with the events of the complete, sound blocks at the start of a region that are all of one version,\n"
             "until the columns are full. Events of types from `types` on are passed over. large: by type, whether lengths have four\n"
             "bytes. valued: where the first parameter has eight bytes, `value`. sound: the parameters of all events are known to fit\n"
             "them. The last four of the result are a Stop."),
    END_OF_FUNCTIONS,
};
