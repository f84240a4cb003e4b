#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Continues the CRC-32 of ZIP archives (reflected polynomial 0xEDB88320) over `count` bytes.
/// `state` is the complement of the checksum so far; the start is 0xFFFFFFFF.
uint32_t ck_crc32(uint32_t state, const void *bytes, size_t count);

#endif
