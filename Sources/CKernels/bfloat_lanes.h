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

/// Numbers of two vectors.
typedef unsigned short bits_lanes __attribute__((ext_vector_type(2 * LANES)));

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

INLINE bits_lanes narrowed_two(lanes first, lanes second) {
  return (bits_lanes)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
}

// Masks cost time on some processors, so that whole vectors go without.

INLINE void write_some_bits(bfloat_bits *to, long count, bits_lanes values) {
  if (count >= 2 * LANES) {
    _mm512_storeu_si512(to, (__m512i)values);
  } else {
    _mm512_mask_storeu_epi16(to, (1u << count) - 1, (__m512i)values);
  }
}

INLINE bits_lanes read_some_bits(const bfloat_bits *from, long count) {
  if (count >= 2 * LANES) return (bits_lanes)_mm512_loadu_si512(from);
  return (bits_lanes)_mm512_maskz_loadu_epi16((1u << count) - 1, from);
}

/// `count` elements from number `i` on, and zeros.
INLINE lanes read_some(int bfloat, const void *x, long i, long count) {
  const void *from = element_at(bfloat, x, i);
  if (count >= LANES) return bfloat ? widened_at(from) : read_lanes(from);
  if (bfloat) return widened(_mm256_maskz_loadu_epi16(mask_of(count), from));
  return (lanes)_mm512_maskz_loadu_ps(mask_of(count), from);
}

/// The elements from number `i` on of which `begin` to `end` exist, and `values` for others.
INLINE lanes read_into(lanes values, int bfloat, const void *x, long i, long begin, long end) {
  const __mmask16 mask = mask_of(end) & (__mmask16)~mask_of(begin);
  const void *from = element_at(bfloat, x, i);
  if (!bfloat) return (lanes)_mm512_mask_loadu_ps((__m512)values, mask, from);
  const lanes read = widened(_mm256_maskz_loadu_epi16(mask, from));
  return (lanes)_mm512_mask_mov_ps((__m512)values, mask, (__m512)read);
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
#else
INLINE lanes read_some(int bfloat, const void *x, long i, long count) {
  lanes values = {0};
  for (long l = 0; l < min_long(count, LANES); l++) values[l] = load(bfloat, x, i + l);
  return values;
}

INLINE void write_some(int bfloat, void *y, long i, long count, lanes values) {
  for (long l = 0; l < min_long(count, LANES); l++) store(bfloat, y, i + l, values[l]);
}

INLINE lanes read_into(lanes values, int bfloat, const void *x, long i, long begin, long end) {
  for (long l = max_long(0, begin); l < min_long(end, LANES); l++) values[l] = load(bfloat, x, i + l);
  return values;
}

INLINE lanes widened_at(const void *bits) { return read_some(1, bits, 0, LANES); }

INLINE void write_bits(bfloat_bits *to, lanes values) { write_some(1, to, 0, LANES, values); }

INLINE void write_two_bits(bfloat_bits *to, bfloat_bits *next, lanes first, lanes second) {
  write_bits(to, first);
  write_bits(next, second);
}

INLINE bits_lanes narrowed_two(lanes first, lanes second) {
  bits_lanes narrow;
  write_some(1, &narrow, 0, LANES, first);
  write_some(1, &narrow, LANES, LANES, second);
  return narrow;
}

INLINE bits_lanes read_some_bits(const bfloat_bits *from, long count) {
  bits_lanes values = {0};
  memcpy(&values, from, (unsigned long)min_long(count, 2 * LANES) * sizeof *from);
  return values;
}

INLINE void write_some_bits(bfloat_bits *to, long count, bits_lanes values) {
  memcpy(to, &values, (unsigned long)min_long(count, 2 * LANES) * sizeof *to);
}
#endif

/// The elements from number `i` on of which `begin` to `end` exist, and zeros for others.
INLINE lanes read_between(int bfloat, const void *x, long i, long begin, long end) {
  return read_into((lanes){0}, bfloat, x, i, begin, end);
}

/// Numbers in pairs, the first of each in the lower half.
typedef bfloat_pair pair_lanes __attribute__((ext_vector_type(LANES)));
typedef bfloat_pair loose_pair_lanes __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

/// Of the first vector of each.
INLINE void write_pairs(bfloat_pair *to, bits_lanes first, bits_lanes second) {
  *(loose_pair_lanes *)to = (pair_lanes)__builtin_shufflevector(
      first, second, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11,
      43, 12, 44, 13, 45, 14, 46, 15, 47);
}

/// Of both vectors, in an order that is cheap: runs of four lanes, the even ones first
/// (`in_order` undoes this).
INLINE void write_mixed_pairs(bfloat_pair *even, bfloat_pair *odd, bits_lanes first,
                              bits_lanes second) {
  *(loose_pair_lanes *)even = (pair_lanes)__builtin_shufflevector(
      first, second, 0, 32, 1, 33, 2, 34, 3, 35, 8, 40, 9, 41, 10, 42, 11, 43, 16, 48, 17, 49, 18, 50,
      19, 51, 24, 56, 25, 57, 26, 58, 27, 59);
  *(loose_pair_lanes *)odd = (pair_lanes)__builtin_shufflevector(
      first, second, 4, 36, 5, 37, 6, 38, 7, 39, 12, 44, 13, 45, 14, 46, 15, 47, 20, 52, 21, 53, 22, 54,
      23, 55, 28, 60, 29, 61, 30, 62, 31, 63);
}

/// The first or the second vector of two whose runs of four lanes are mixed.
INLINE lanes in_order(lanes even, lanes odd, int is_second) {
  return is_second ? __builtin_shufflevector(even, odd, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15,
                                             28, 29, 30, 31)
                   : __builtin_shufflevector(even, odd, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21,
                                             22, 23);
}
