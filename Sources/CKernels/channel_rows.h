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

/// Calls SOME(row, count) for all rows, four at a time where there are as many: what belongs to a
/// lane is then read once for them.
#define FOR_SOME_ROWS(begin, end, SOME)               \
  do {                                                \
    long row = (begin);                               \
    for (; row + 4 <= (end); row += 4) SOME(row, 4);  \
    for (; row + 2 <= (end); row += 2) SOME(row, 2);  \
    for (; row < (end); row++) SOME(row, 1);          \
  } while (0)

INLINE void affine_some(const int kind, const int x_bfloat, const int y_bfloat,
                        const lanes_job *p, long row, const long rows) {
  const ck_function f = p->function;
  const long lanes = p->lanes, start = row * lanes;
  const void *restrict x = p->x;
  void *restrict y = p->y;
  const float *scale = p->constants[SCALE], *shift = p->constants[SHIFT];
#define LANE(bfloat, at) \
  store(bfloat, y, at, evaluate(kind, f, load(x_bfloat, x, at) * factor + offset))
  if (y_bfloat) {
    // The compiler makes no vectors of several rows here.
    for (long r = 0; r < rows; r++) {
      WIDE for (long i = 0; i < lanes; i++) {
        const float factor = scale[i], offset = shift[i];
        LANE(1, start + r * lanes + i);
      }
    }
    return;
  }
  VECTORIZE for (long i = 0; i < lanes; i++) {
    const float factor = scale[i], offset = shift[i];
#pragma clang loop unroll(full)
    for (long r = 0; r < rows; r++) LANE(0, start + r * lanes + i);
  }
#undef LANE
}

INLINE void affine_rows(const int kind, const int x_bfloat, const int y_bfloat,
                        const lanes_job *p, long begin, long end) {
#define SOME(row, count) affine_some(kind, x_bfloat, y_bfloat, p, row, count)
  FOR_SOME_ROWS(begin, end, SOME);
#undef SOME
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
INLINE void gradient_some(const int kind, const int x_bfloat, const int dy_bfloat,
                          const int dx_bfloat, const lanes_job *p, long row, const long rows) {
  const ck_function f = p->function;
  const long lanes = p->lanes, start = row * lanes;
  const void *x = p->x, *dy = p->dy;
  void *dx = p->y;
  const float *scale = p->constants[SCALE], *shift = p->constants[SHIFT];
  const float *a = p->constants[A], *b = p->constants[B], *c = p->constants[C];
  VECTORIZE for (long i = 0; i < lanes; i++) {
    const float factor = scale[i], offset = shift[i];
    const float slope = a[i], tilt = b[i], rest = c[i];
#pragma clang loop unroll(full)
    for (long r = 0; r < rows; r++) {
      const long at = start + r * lanes + i;
      const float value = load(x_bfloat, x, at);
      const float g = passed(kind, f, value * factor + offset, load(dy_bfloat, dy, at));
      store(dx_bfloat, dx, at, slope * g + tilt * value + rest);
    }
  }
}

INLINE void gradient_rows(const int kind, const int x_bfloat, const int dy_bfloat,
                          const int dx_bfloat, const lanes_job *p, long begin, long end) {
#define SOME(row, count) gradient_some(kind, x_bfloat, dy_bfloat, dx_bfloat, p, row, count)
  FOR_SOME_ROWS(begin, end, SOME);
#undef SOME
}
