/* Numbers at any byte of a region that somebody else may be writing to (a mapped file).
 *
 * The empty assembly makes the compiler forget where the value came from: it cannot read it a second time, after it was
 * checked, and find another one there. So: load once, check the local copy, use the local copy.
 */
#ifndef PYSYSDIG_LOADS_H
#define PYSYSDIG_LOADS_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "captures are little-endian, and so are machines that this is made for"
#endif

#define LOAD(type, name)                                                                                                         \
    static inline type load_##name(const uint8_t *at)                                                                            \
    {                                                                                                                            \
        type value;                                                                                                              \
        memcpy(&value, at, sizeof value);                                                                                        \
        __asm__("" : "+r"(value));                                                                                               \
        return value;                                                                                                            \
    }

LOAD(uint16_t, u16)
LOAD(uint32_t, u32)
LOAD(uint64_t, u64)
LOAD(int64_t, i64)

#endif
