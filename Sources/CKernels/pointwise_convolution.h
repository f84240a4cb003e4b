#pragma once

#include <string.h>

#include "channel_rows.h"
#include "pixel_blocks.h"
#include "products.h"

// Pointwise convolutions between normalisations. Each worker takes some pixels at a time through
// everything that is to be done with them: the normalisation and activation before, the products,
// the statistics behind; in the backward pass both gradients of normalisations and both of the
// convolution. What lies between these steps never leaves the worker's own cache.

typedef struct {
  long pixels, in_channels, out_channels, blocks;
  /// How many pixels form a row of lanes, of the input and of the output.
  long in_fold, out_fold;
} shape;

/// As `fold_of`, for a block: shorter rows, so that there are some.
INLINE long block_fold(long channels) {
  long fold = 1;
  while (fold < BLOCK && (fold * channels % WIDTH != 0 || fold * channels < SHORTEST / 2)) fold *= 2;
  return fold;
}

INLINE shape make_shape(long pixels, long in_channels, long out_channels) {
  shape s = {pixels, in_channels, out_channels, pixel_blocks(pixels, BLOCK), block_fold(in_channels),
             block_fold(out_channels)};
  return s;
}

/// A channel vector for rows of lanes; null stays null.
INLINE float *lanes_of(const float *values, long channels, long fold) {
  return values ? repeated(values, channels, fold) : NULL;
}

/// Floats of a block of an activation, with what is read or written behind it.
INLINE long block_room(long channels) { return BLOCK * channels + PANEL; }

// MARK: Elements of a block

/// Calls BODY(job, begin, end) for whole rows of lanes and then for the pixels behind them.
#define FOR_ROWS(job, pixels, channels, fold, BODY)              \
  do {                                                           \
    const long whole = (pixels) / (fold), done = whole * (fold); \
    (job).lanes = (fold) * (channels);                           \
    BODY(&(job), 0, whole);                                      \
    if (done < (pixels)) {                                       \
      advance(&(job), done * (channels));                        \
      (job).lanes = (channels);                                  \
      BODY(&(job), 0, (pixels) - done);                          \
    }                                                            \
  } while (0)

INLINE void advance(lanes_job *job, long count) {
  job->x = element_at(0, job->x, count);
  job->dy = element_at(0, job->dy, count);
  job->y = element_at(0, job->y, count);
}

INLINE void evaluate_rows(const lanes_job *job, long begin, long end) {
  switch (job->function.kind) {
#define CASE(kind) \
  case kind: affine_rows(kind, 0, 0, job, begin, end); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

/// What a pass reads of an activation: its elements, or memory that they are put into first.
INLINE const float *activation_block(const ck_activation *x, const float *scale, const float *shift,
                                     pixel_span at, long channels, long fold, int needs_copy,
                                     float *room) {
  const float *from = element_at(0, x->x, at.first * channels);
  if (scale) {
    lanes_job job = {.function = x->function, .x = from, .y = room, .constants = {scale, shift}};
    FOR_ROWS(job, at.count, channels, fold, evaluate_rows);
    return room;
  }
  if (!needs_copy) return from;
  memcpy(room, from, (unsigned long)(at.count * channels) * sizeof(float));
  return room;
}

/// Zeros behind the last pixel, up to a whole number of ROWS.
INLINE void pad_block(float *room, long pixels, long channels) {
  const long rest = round_up(pixels, ROWS) - pixels;
  memset(room + pixels * channels, 0, (unsigned long)(rest * channels) * sizeof(float));
}

/// to[pixels, given] = from[pixels, taken] * weights, whose vectors lie [given / LANES][taken].
INLINE void multiply_block(const float *from, long pixels, long taken, long given,
                           const float *weights, float *to, fetch_plan *ahead,
                           const sums_end *end, const int rows, const int vectors) {
  float edge[ROWS * PANEL];
  for (long c = 0; c < given; c += PANEL) {
    const float *panel = weights + c * taken;
    const long columns = min_long(given - c, PANEL);
    const sums_end panel_end = {end ? end->bias + c : NULL, end ? end->low : 0, end ? end->high : 0};
    for (long r = 0; r < pixels; r += ROWS) {
      const int fits = columns % HALF == 0 && r + ROWS <= pixels;
      multiply_columns(from + r * taken, taken, 1, panel, LANES * taken, LANES,
                       fits ? to + r * given + c : edge, fits ? given : PANEL, LANES, taken, 0,
                       take_lines(ahead, taken, panel), end ? &panel_end : NULL, rows, vectors,
                       columns);
      for (long i = 0; !fits && i < min_long(pixels - r, ROWS); i++) {
        memcpy(to + (r + i) * given + c, edge + i * PANEL, (unsigned long)columns * sizeof(float));
      }
    }
  }
}
