#ifndef MMRAZOR_CZLIB_SHIM_H
#define MMRAZOR_CZLIB_SHIM_H

#include <stdint.h>
#include <string.h>
#include <zlib.h>

// zlib starts a stream by a macro, which Swift does not import, and counts in 32 bits.

/// Unpacks raw deflate data, as ZIP archives hold it. Returns how many bytes were made, or -1
/// when the data is damaged or makes more than `capacity`.
static inline int64_t zlib_inflate_raw(
    const uint8_t *source, size_t count, uint8_t *target, size_t capacity) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return -1;
  const size_t most = 1u << 30;
  size_t taken = 0, made = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_in = (Bytef *)(source + taken);
    stream.avail_in = (uInt)(count - taken < most ? count - taken : most);
    stream.next_out = target + made;
    stream.avail_out = (uInt)(capacity - made < most ? capacity - made : most);
    const uInt input = stream.avail_in, output = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += input - stream.avail_in;
    made += output - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? (int64_t)made : -1;
}

#endif
