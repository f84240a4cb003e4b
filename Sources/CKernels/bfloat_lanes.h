#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "precision.h"

#ifdef __x86_64__
#include <immintrin.h>
// Vectors are handed from function to function, which all of them must then be compiled for.
#pragma clang attribute push(BFLOAT_TARGET, apply_to = function)
#define END_BFLOAT_FUNCTIONS _Pragma("clang attribute pop")
#else
#define END_BFLOAT_FUNCTIONS
#endif

#define EITHER_PRECISION
#include "bfloat_products.h"
#include "lane_functions.h"

// Begins a file of functions for processors that have instructions for bfloat16, which ends with
// END_BFLOAT_FUNCTIONS: vectors of elements that are kept in either precision.

#ifdef __x86_64__
/// Of a vector of which `count` lanes are there.
INLINE __mmask16 mask_of(long count) {
  if (count >= LANES) return 0xffff;
  return count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

INLINE lanes widened(__m256i bits) {
  return (lanes)_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16);
}

INLINE lanes widened_at(const void *bits) {
  return widened(_mm256_loadu_si256((const __m256i_u *)bits));
}

INLINE __m256i narrowed(lanes values) { return (__m256i)_mm512_cvtneps_pbh((__m512)values); }

INLINE void write_bits(bfloat_bits *to, lanes values) {
  _mm256_storeu_si256((__m256i_u *)to, narrowed(values));
}

/// Two vectors at once, of which the second may lie right behind the first.
INLINE void write_two_bits(bfloat_bits *to, bfloat_bits *next, lanes first, lanes second) {
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  if (next == to + LANES) {
    _mm512_storeu_si512(to, both);
  } else {
    _mm256_storeu_si256((__m256i_u *)to, _mm512_castsi512_si256(both));
    _mm256_storeu_si256((__m256i_u *)next, _mm512_extracti64x4_epi64(both, 1));
  }
}

// Masks cost time on some processors, so that whole vectors go without.

/// `count` elements from number `i` on, and zeros.
INLINE lanes read_some(int bfloat, const void *x, long i, long count) {
  const void *from = element_at(bfloat, x, i);
  if (count >= LANES) return bfloat ? widened_at(from) : read_lanes(from);
  if (bfloat) return widened(_mm256_maskz_loadu_epi16(mask_of(count), from));
  return (lanes)_mm512_maskz_loadu_ps(mask_of(count), from);
}

/// The elements from number `i` on of which `begin` to `end` exist, and zeros for others.
INLINE lanes read_between(int bfloat, const void *x, long i, long begin, long end) {
  const __mmask16 mask = mask_of(end) & (__mmask16)~mask_of(begin);
  const void *from = element_at(bfloat, x, i);
  if (bfloat) return widened(_mm256_maskz_loadu_epi16(mask, from));
  return (lanes)_mm512_maskz_loadu_ps(mask, from);
}

INLINE void write_some(int bfloat, void *y, long i, long count, lanes values) {
  void *to = element_at(bfloat, y, i);
  if (count >= LANES) {
    if (bfloat) {
      write_bits(to, values);
    } else {
      write_lanes(to, values);
    }
  } else if (bfloat) {
    _mm256_mask_storeu_epi16(to, mask_of(count), narrowed(values));
  } else {
    _mm512_mask_storeu_ps(to, mask_of(count), (__m512)values);
  }
}

/// What is read after it was written.
INLINE lanes as_kept(int bfloat, lanes values) {
  return bfloat ? widened(narrowed(values)) : values;
}

INLINE void write_pairs(bfloat_pair *to, lanes first, lanes second) {
  const __m512i low = _mm512_cvtepu16_epi32(narrowed(first));
  const __m512i high = _mm512_slli_epi32(_mm512_cvtepu16_epi32(narrowed(second)), 16);
  _mm512_storeu_si512(to, _mm512_or_si512(low, high));
}
#else
INLINE lanes read_some(int bfloat, const void *x, long i, long count) {
  lanes values = {0};
  for (long l = 0; l < min_long(count, LANES); l++) values[l] = load(bfloat, x, i + l);
  return values;
}

INLINE void write_some(int bfloat, void *y, long i, long count, lanes values) {
  for (long l = 0; l < min_long(count, LANES); l++) store(bfloat, y, i + l, values[l]);
}

INLINE lanes read_between(int bfloat, const void *x, long i, long begin, long end) {
  lanes values = {0};
  for (long l = max_long(0, begin); l < min_long(end, LANES); l++) values[l] = load(bfloat, x, i + l);
  return values;
}

INLINE lanes as_kept(int bfloat, lanes values) {
  if (!bfloat) return values;
  bfloat_bits kept[LANES];
  write_some(1, kept, 0, LANES, values);
  return read_some(1, kept, 0, LANES);
}

INLINE lanes widened_at(const void *bits) { return read_some(1, bits, 0, LANES); }

INLINE void write_bits(bfloat_bits *to, lanes values) { write_some(1, to, 0, LANES, values); }

INLINE void write_two_bits(bfloat_bits *to, bfloat_bits *next, lanes first, lanes second) {
  write_bits(to, first);
  write_bits(next, second);
}

INLINE void write_pairs(bfloat_pair *to, lanes first, lanes second) {
  for (long l = 0; l < LANES; l++) {
    store(1, to + l, 0, first[l]);
    store(1, to + l, 1, second[l]);
  }
}
#endif
