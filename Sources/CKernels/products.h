#pragma once

#include <stddef.h>

#include "internal.h"

// Products of small matrices, the inner loops of our own convolutions. One side is packed: vectors
// of LANES columns, one behind the other for each row.

enum { LANES = 16, HALF = LANES / 2, ROWS = 8, PANEL = 2 * LANES };

/// Bytes of a line of the caches.
enum { LINE = 64 };

/// A vector of columns; the second is one anywhere in memory.
typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef float half_lanes __attribute__((ext_vector_type(HALF), aligned(4)));
typedef float loose_lanes __attribute__((ext_vector_type(LANES), aligned(4)));

// All functions of vectors are inlined: how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

INLINE lanes read_lanes(const float *from) { return *(const loose_lanes *)from; }
INLINE void write_lanes(float *to, lanes values) { *(loose_lanes *)to = values; }

INLINE long round_up(long count, long unit) { return (count + unit - 1) / unit * unit; }

/// Memory to fetch into the cache while products are computed, a line for each of their terms: those
/// alone would leave the memory idle. A step of 0 fetches nothing new.
typedef struct {
  const char *at;
  long step;
} fetch_ahead;

INLINE fetch_ahead nothing_ahead(const float *used) {
  fetch_ahead ahead = {(const char *)used, 0};
  return ahead;
}

/// What is done to sums before they are written: a number for each column is added, and the result
/// limited. NaN stays NaN.
typedef struct {
  const float *bias;
  float low, high;
} sums_end;

INLINE lanes limited(lanes y, float low, float high) {
  y = y < (lanes)low ? (lanes)low : y;
  return y > (lanes)high ? (lanes)high : y;
}

// Beside two multiplications a cycle, some processors issue little else, the less so where two threads
// share one. So the addresses of rows cost almost nothing: each serves three rows, because a load adds
// one or two strides to it on its own, and moves on once in TERMS terms.
enum { ROW_GROUP = 3, ROW_GROUPS = (ROWS + ROW_GROUP - 1) / ROW_GROUP, TERMS = 4 };

/// Adds a term to each sum; `offset` leads from the starts of rows to it.
INLINE void add_term(const float *const *starts, long a_row, long offset, const float *b,
                     long b_vector, lanes (*sums)[2], const int rows, const int vectors) {
  lanes right[2];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) right[v] = read_lanes(b + v * b_vector);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    lanes left = (lanes)starts[r / ROW_GROUP][r % ROW_GROUP * a_row + offset];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] += left * right[v];
  }
}

INLINE void advance_rows(const float **starts, long step, const int rows) {
#pragma clang loop unroll(full)
  for (int i = 0; i * ROW_GROUP < rows; i++) {
    starts[i] += step;
    // Keeps the compiler from deriving one start from another at each use.
    __asm__("" : "+r"(starts[i]));
  }
}

/// One row of `ROWS` x 2 sums of products, as a processor with enough registers keeps them: `rows` x
/// `vectors` at a time.
///
/// c[r][v] (+)= sum over k of a[r * a_row + k * a_step] * b[v * b_vector + k * b_step]
INLINE void multiply(const float *a, const long a_row, const long a_step, const float *b,
                     long b_vector, const long b_step, float *c, long c_row, long c_vector,
                     long count, const int adds, fetch_ahead ahead,
                     const sums_end *end, const int rows, const int vectors, int wanted) {
  for (int v0 = 0; v0 < wanted; v0 += vectors) {
    for (int r0 = 0; r0 < ROWS; r0 += rows) {
      lanes sums[ROWS][2];
      const float *from = a + r0 * a_row, *with = b + v0 * b_vector;
      float *to = c + r0 * c_row + v0 * c_vector;
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          sums[r][v] = adds ? read_lanes(to + r * c_row + v * c_vector) : (lanes){0};
        }
      }
      const char *line = ahead.at;
      const float *starts[ROW_GROUPS];
      for (int i = 0; i < ROW_GROUPS; i++) starts[i] = from + i * ROW_GROUP * a_row;
      long k = 0;
      for (; k + TERMS <= count; k += TERMS) {
#pragma clang loop unroll(full)
        for (int term = 0; term < TERMS; term++, line += ahead.step) {
          __builtin_prefetch(line, 0, 2);
          add_term(starts, a_row, term * a_step, with + term * b_step, b_vector, sums, rows, vectors);
        }
        with += TERMS * b_step;
        advance_rows(starts, TERMS * a_step, rows);
      }
      for (; k < count; k++, line += ahead.step) {
        __builtin_prefetch(line, 0, 2);
        add_term(starts, a_row, 0, with, b_vector, sums, rows, vectors);
        with += b_step;
        advance_rows(starts, a_step, rows);
      }
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          lanes sum = sums[r][v];
          if (end) sum = limited(sum + read_lanes(end->bias + (v0 + v) * LANES), end->low, end->high);
          write_lanes(to + r * c_row + v * c_vector, sum);
        }
      }
    }
  }
}

/// The same for HALF columns: half of a vector takes half of the time.
INLINE void multiply_half(const float *a, const long a_row, const long a_step, const float *b,
                          const long b_step, float *c, long c_row, long count, const int adds,
                          fetch_ahead ahead, const sums_end *end) {
  half_lanes sums[ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
    sums[r] = adds ? *(const half_lanes *)(c + r * c_row) : (half_lanes){0};
  }
  for (long k = 0; k < count; k++, ahead.at += ahead.step) {
    __builtin_prefetch(ahead.at, 0, 2);
    half_lanes right = *(const half_lanes *)(b + k * b_step);
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) sums[r] += (half_lanes)a[r * a_row + k * a_step] * right;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
    half_lanes sum = sums[r];
    if (end) {
      sum += *(const half_lanes *)end->bias;
      sum = sum < (half_lanes)end->low ? (half_lanes)end->low : sum;
      sum = sum > (half_lanes)end->high ? (half_lanes)end->high : sum;
    }
    *(half_lanes *)(c + r * c_row) = sum;
  }
}

/// ROWS rows of sums for `columns` of a panel; up to HALF - 1 more may be written.
INLINE void multiply_columns(const float *a, const long a_row, const long a_step, const float *b,
                             long b_vector, const long b_step, float *c, long c_row, long c_vector,
                             long count, const int adds, fetch_ahead ahead, const sums_end *end,
                             const int rows, const int vectors, long columns) {
  if (columns > LANES + HALF) {
    multiply(a, a_row, a_step, b, b_vector, b_step, c, c_row, c_vector, count, adds, ahead, end,
             rows, vectors, 2);
    return;
  }
  const long bias_step = columns > HALF ? LANES : 0;
  if (columns > HALF) {
    multiply(a, a_row, a_step, b, b_vector, b_step, c, c_row, c_vector, count, adds, ahead, end,
             rows, 1, 1);
    columns -= LANES;
    b += b_vector;
    c += c_vector;
  }
  if (columns <= 0) return;
  if (!end) {
    multiply_half(a, a_row, a_step, b, b_step, c, c_row, count, adds, ahead, NULL);
    return;
  }
  const sums_end half_end = {end->bias + bias_step, end->low, end->high};
  multiply_half(a, a_row, a_step, b, b_step, c, c_row, count, adds, ahead, &half_end);
}

/// Defines `name`, a `ck_body`, from `name##_lines`, which is also told how many `rows` and `vectors`
/// of sums fit into the registers of a processor.
#ifdef __x86_64__
#define SHAPED_LOOP(name)                                                                    \
  AVX512_TARGET static void name##_avx512(const void *p, long begin, long end, int worker) { \
    name##_lines(p, begin, end, worker, ROWS, 2);                                            \
  }                                                                                          \
  AVX2_TARGET static void name##_avx2(const void *p, long begin, long end, int worker) {     \
    name##_lines(p, begin, end, worker, 4, 1);                                               \
  }                                                                                          \
  static void name##_any(const void *p, long begin, long end, int worker) {                  \
    name##_lines(p, begin, end, worker, 2, 1);                                               \
  }                                                                                          \
  static void name(const void *p, long begin, long end, int worker) {                        \
    if (ck_instructions >= CK_AVX512) {                                                      \
      name##_avx512(p, begin, end, worker);                                                  \
    } else if (ck_instructions == CK_AVX2) {                                                 \
      name##_avx2(p, begin, end, worker);                                                    \
    } else {                                                                                 \
      name##_any(p, begin, end, worker);                                                     \
    }                                                                                        \
  }
#else
#define SHAPED_LOOP(name)                                                 \
  static void name(const void *p, long begin, long end, int worker) {     \
    name##_lines(p, begin, end, worker, 4, 1);                            \
  }
#endif
