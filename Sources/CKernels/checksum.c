#include "cchecksum.h"

#include <pthread.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Sixteen bytes at a time by tables (Kounavis & Berry, "Novel Table Lookup-Based Algorithms for
// High-Performance CRC Generation", 2008): 2 to 3 GB/s.

static uint32_t tables[16][256];
static pthread_once_t tables_ready = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    tables[0][byte] = crc;
  }
  for (int row = 1; row < 16; row++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t before = tables[row - 1][byte];
      tables[row][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
}

static uint32_t crc32_tables(uint32_t crc, const uint8_t *bytes, size_t count) {
  pthread_once(&tables_ready, make_tables);
  for (; count >= 16; count -= 16, bytes += 16) {
    uint32_t sum = 0;
    for (int index = 0; index < 16; index++) {
      uint8_t byte = bytes[index] ^ (index < 4 ? (uint8_t)(crc >> (8 * index)) : 0);
      sum ^= tables[15 - index][byte];
    }
    crc = sum;
  }
  for (; count > 0; count--, bytes++) crc = (crc >> 8) ^ tables[0][(crc ^ *bytes) & 0xFF];
  return crc;
}

#if defined(__x86_64__)

// Folding by carry-less multiplication (Gopal et al., "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ Instruction", Intel 2009). The constants are powers of x modulo
// the polynomial, bit-reflected: for a distance of d bits, x^(d+32) and x^(d-32).

#define TARGET __attribute__((target("pclmul,sse4.1")))

TARGET static inline __m128i fold(__m128i value, __m128i by, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(value, by, 0x00);
  __m128i high = _mm_clmulepi64_si128(value, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/// `count` is a multiple of 16 and at least 64.
TARGET static uint32_t crc32_folding(uint32_t crc, const uint8_t *bytes, size_t count) {
  const __m128i by512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  const __m128i by64 = _mm_set_epi64x(0, 0x163cd6124);
  const __m128i barrett = _mm_set_epi64x(0x1f7011641, 0x1db710641);
  const __m128i words = _mm_setr_epi32(~0, 0, ~0, 0);
  const __m128i *blocks = (const __m128i *)bytes;
  __m128i lanes[4];
  for (int lane = 0; lane < 4; lane++) lanes[lane] = _mm_loadu_si128(blocks + lane);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)crc));
  for (blocks += 4, count -= 64; count >= 64; blocks += 4, count -= 64) {
    for (int lane = 0; lane < 4; lane++) {
      lanes[lane] = fold(lanes[lane], by512, _mm_loadu_si128(blocks + lane));
    }
  }
  __m128i sum = lanes[0];
  for (int lane = 1; lane < 4; lane++) sum = fold(sum, by128, lanes[lane]);
  for (; count >= 16; blocks++, count -= 16) sum = fold(sum, by128, _mm_loadu_si128(blocks));

  // 128 bits to 64, then Barrett's reduction to 32.
  sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, by128, 0x10));
  sum = _mm_xor_si128(
      _mm_srli_si128(sum, 4), _mm_clmulepi64_si128(_mm_and_si128(sum, words), by64, 0x00));
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(sum, words), barrett, 0x10);
  __m128i product = _mm_clmulepi64_si128(_mm_and_si128(quotient, words), barrett, 0x00);
  return (uint32_t)_mm_extract_epi32(_mm_xor_si128(sum, product), 1);
}

#define WIDE_TARGET __attribute__((target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.1")))

WIDE_TARGET static inline __m512i fold_wide(__m512i value, __m512i by, __m512i next) {
  __m512i low = _mm512_clmulepi64_epi128(value, by, 0x00);
  __m512i high = _mm512_clmulepi64_epi128(value, by, 0x11);
  // 0x96: the exclusive or of three.
  return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

/// The same on four times as many lanes. `count` is a multiple of 256. Leaves 64 bytes to which
/// the bytes before them fold, so that `crc32_folding` with a state of 0 gives the sum.
WIDE_TARGET static void crc32_folding_wide(
    uint32_t crc, const uint8_t *bytes, size_t count, uint8_t *rest) {
  const __m512i by2048 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x1322d1430, 0x11542778a));
  const __m512i by512 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x1c6e41596, 0x154442bd4));
  __m512i lanes[4];
  for (int lane = 0; lane < 4; lane++) lanes[lane] = _mm512_loadu_si512(bytes + 64 * lane);
  lanes[0] = _mm512_xor_si512(
      lanes[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
  for (bytes += 256, count -= 256; count > 0; bytes += 256, count -= 256) {
    for (int lane = 0; lane < 4; lane++) {
      lanes[lane] = fold_wide(lanes[lane], by2048, _mm512_loadu_si512(bytes + 64 * lane));
    }
  }
  __m512i sum = lanes[0];
  for (int lane = 1; lane < 4; lane++) sum = fold_wide(sum, by512, lanes[lane]);
  _mm512_storeu_si512(rest, sum);
}

#endif

uint32_t ck_crc32(uint32_t state, const void *bytes, size_t count) {
  const uint8_t *cursor = bytes;
#if defined(__x86_64__)
  if (count >= 1024 && __builtin_cpu_supports("vpclmulqdq") &&
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    uint8_t rest[64];
    size_t wide = count & ~(size_t)255;
    crc32_folding_wide(state, cursor, wide, rest);
    state = crc32_folding(0, rest, sizeof rest);
    cursor += wide;
    count -= wide;
  }
  if (count >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    size_t wide = count & ~(size_t)15;
    state = crc32_folding(state, cursor, wide);
    cursor += wide;
    count -= wide;
  }
#endif
  return crc32_tables(state, cursor, count);
}
