#pragma once

#include "functions.h"
#include "lanes.h"
#include "precision.h"

// What is done to rows of lanes, each of which belongs to a channel: normalisation with an
// activation behind, and the sums and gradients of its backward pass.

enum { SCALE, SHIFT, CENTER, A = CENTER, B, C, CONSTANTS };

typedef struct {
  ck_function function;
  const void *x, *dy;
  void *y;
  /// Which of them are kept as bfloat16.
  int x_bfloat, dy_bfloat, y_bfloat;
  /// Lanes of a row, and what each has of its own.
  long lanes;
  const float *constants[CONSTANTS];
  /// Two rows of lanes for each worker, or null.
  double *sums;
} lanes_job;

/// Adds x - center and its square, of a fixed number of rows, to the two rows of `block`.
INLINE void add_distances(const int bfloat, const long rows, const void *restrict x, long lanes,
                          const float *restrict center, float *restrict block) {
  float *sum = block, *square = block + lanes;
  VECTORIZE for (long i = 0; i < lanes; i++) {
    float first = sum[i], second = square[i], offset = center[i];
#pragma clang loop unroll(full)
    for (long r = 0; r < rows; r++) {
      float value = load(bfloat, x, r * lanes + i) - offset;
      first += value;
      second += value * value;
    }
    sum[i] = first;
    square[i] = second;
  }
}

/// The same for any number of rows.
INLINE void add_distance_rows(const int bfloat, const void *x, long rows, long lanes,
                              const float *center, float *block) {
  long row = 0;
  for (; row + UNROLL <= rows; row += UNROLL) {
    add_distances(bfloat, UNROLL, element_at(bfloat, x, row * lanes), lanes, center, block);
  }
  for (; row < rows; row++) {
    add_distances(bfloat, 1, element_at(bfloat, x, row * lanes), lanes, center, block);
  }
}

/// The same for pixels that fill no row.
INLINE void add_pixel_distances(const int bfloat, const void *x, long pixels, long channels,
                                const float *center, double *sums, double *squares) {
  for (long pixel = 0; pixel < pixels; pixel++) {
    for (long c = 0; c < channels; c++) {
      const double distance = (double)load(bfloat, x, pixel * channels + c) - center[c];
      sums[c] += distance;
      squares[c] += distance * distance;
    }
  }
}

INLINE void affine_row(const int kind, const int x_bfloat, const int y_bfloat,
                       const ck_function f, const void *restrict x, void *restrict y, long lanes,
                       const float *restrict scale, const float *restrict shift) {
#define STORE(bfloat) \
  store(bfloat, y, i, evaluate(kind, f, load(x_bfloat, x, i) * scale[i] + shift[i]))
  if (y_bfloat) {
    WIDE for (long i = 0; i < lanes; i++) STORE(1);
  } else {
    VECTORIZE for (long i = 0; i < lanes; i++) STORE(0);
  }
#undef STORE
}

INLINE void affine_rows(const int kind, const int x_bfloat, const int y_bfloat,
                        const lanes_job *p, long begin, long end) {
  for (long row = begin; row < end; row++) {
    const long at = row * p->lanes;
    affine_row(kind, x_bfloat, y_bfloat, p->function, element_at(x_bfloat, p->x, at),
               element_at(y_bfloat, p->y, at), p->lanes, p->constants[SCALE],
               p->constants[SHIFT]);
  }
}

/// Adds g and g * (x - center), of a fixed number of rows, to the two rows of `block`. Also writes
/// function(x * scale + shift), kept as x is, where `writes`.
INLINE void add_gradients(const int kind, const int x_bfloat, const int dy_bfloat,
                          const int writes, const long rows, const lanes_job *p, long row,
                          void *restrict y, float *restrict block) {
  const ck_function f = p->function;
  const long lanes = p->lanes, start = row * lanes;
  const void *x = p->x, *dy = p->dy;
  const float *scale = p->constants[SCALE], *shift = p->constants[SHIFT];
  const float *center = p->constants[CENTER];
  float *sum = block, *product = block + lanes;
  VECTORIZE for (long i = 0; i < lanes; i++) {
    float first = sum[i], second = product[i];
#pragma clang loop unroll(full)
    for (long r = 0; r < rows; r++) {
      const long at = start + r * lanes + i;
      float value = load(x_bfloat, x, at);
      float scaled = value * scale[i] + shift[i];
      float g = passed(kind, f, scaled, load(dy_bfloat, dy, at));
      if (writes) store(x_bfloat, y, at, evaluate(kind, f, scaled));
      first += g;
      second += g * (value - center[i]);
    }
    sum[i] = first;
    product[i] = second;
  }
}

INLINE void gradient_sum_rows(const int kind, const int x_bfloat, const int dy_bfloat,
                              const int writes, const lanes_job *p, long row, long end,
                              float *block) {
  enum { STEP = 4 };
  for (; row + STEP <= end; row += STEP) {
    add_gradients(kind, x_bfloat, dy_bfloat, writes, STEP, p, row, p->y, block);
  }
  for (; row < end; row++) {
    add_gradients(kind, x_bfloat, dy_bfloat, writes, 1, p, row, p->y, block);
  }
}

/// dx may be dy.
INLINE void gradient_rows(const int kind, const int x_bfloat, const int dy_bfloat,
                          const int dx_bfloat, const lanes_job *p, long begin, long end) {
  const ck_function f = p->function;
  const long lanes = p->lanes;
  const void *x = p->x, *dy = p->dy;
  void *dx = p->y;
  const float *scale = p->constants[SCALE], *shift = p->constants[SHIFT];
  const float *a = p->constants[A], *b = p->constants[B], *c = p->constants[C];
  for (long row = begin * lanes; row < end * lanes; row += lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float value = load(x_bfloat, x, row + i);
      float g = passed(kind, f, value * scale[i] + shift[i], load(dy_bfloat, dy, row + i));
      store(dx_bfloat, dx, row + i, a[i] * g + b[i] * value + c[i]);
    }
  }
}
