#include <stdlib.h>

#include "functions.h"
#include "lanes.h"
#include "precision.h"

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

/// Does a job whose lanes are channels: `whole` on super-rows, `rest` on the pixels behind them.
static void for_pixels(int threads, lanes_job job, long pixels, long channels, ck_body whole,
                       ck_body rest) {
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *constants[CONSTANTS];
  for (int i = 0; i < CONSTANTS; i++) {
    constants[i] = job.constants[i] ? repeated(job.constants[i], channels, fold) : 0;
    job.constants[i] = constants[i];
  }
  double *totals = job.sums, *sums = 0;
  if (totals) sums = calloc((unsigned long)(threads * 2 * lanes), sizeof(double));
  job.lanes = lanes;
  job.sums = sums;
  int workers = ck_for(threads, pixels / fold, grain_of(lanes), whole, &job);
  if (totals) gather(sums, workers, lanes, channels, totals, totals + channels);
  if (pixels % fold > 0) {
    const long done = pixels / fold * lanes;
    job.x = element_at(job.x_bfloat, job.x, done);
    job.dy = element_at(job.dy_bfloat, job.dy, done);
    job.y = element_at(job.y_bfloat, job.y, done);
    job.lanes = channels;
    job.sums = totals;
    rest(&job, 0, pixels % fold, 0);
  }
  free(sums);
  for (int i = 0; i < CONSTANTS; i++) free(constants[i]);
}

// MARK: Statistics

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

LOOPS(statistics_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  const float *center = p->constants[CENTER];
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end;) {
    const long last = min_long(row + SEGMENT, end);
    for (; row + UNROLL <= last; row += UNROLL) {
      add_distances(bfloat, UNROLL, element_at(bfloat, p->x, row * lanes), lanes, center, block);
    }
    for (; row < last; row++) {
      add_distances(bfloat, 1, element_at(bfloat, p->x, row * lanes), lanes, center, block);
    }
    drain(block, p->sums + worker * 2 * lanes, 2 * lanes);
  }
  free(block);
}

static void statistics_rest(const void *context, long begin, long end, int worker) {
  const lanes_job *p = context;
  for (long row = begin; row < end; row++) {
    for (long i = 0; i < p->lanes; i++) {
      double value = load(p->x_bfloat, p->x, row * p->lanes + i);
      value -= p->constants[CENTER][i];
      p->sums[i] += value;
      p->sums[p->lanes + i] += value * value;
    }
  }
}

void ck_channel_statistics(int threads, int x_bfloat, const void *x, long pixels, long channels,
                           float *mean, float *variance) {
  for (long i = 0; i < channels; i++) mean[i] = variance[i] = 0;
  if (pixels == 0 || channels == 0) return;
  double *sums = calloc((unsigned long)(2 * channels), sizeof(double));
  // Distances from the first pixel keep E[d^2] - E[d]^2 from cancelling.
  float *first = malloc((unsigned long)channels * sizeof(float));
  for (long i = 0; i < channels; i++) first[i] = load(x_bfloat, x, i);
  lanes_job job = {
      .x = x, .x_bfloat = x_bfloat, .constants = {[CENTER] = first}, .sums = sums};
  for_pixels(threads, job, pixels, channels, statistics_part[x_bfloat], statistics_rest);
  for (long i = 0; i < channels; i++) {
    double average = sums[i] / (double)pixels;
    double spread = sums[channels + i] / (double)pixels - average * average;
    mean[i] = (float)(first[i] + average);
    variance[i] = (float)(spread < 0 ? 0 : spread);
  }
  free(sums);
  free(first);
}

// MARK: Affine and activation

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

LOOPS(affine_part) {
  const lanes_job *p = context;
  switch (p->function.kind) {
#define CASE(kind)                                 \
  case kind:                                       \
    if (bfloat && p->y_bfloat) {                   \
      affine_rows(kind, bfloat, 1, p, begin, end); \
    } else {                                       \
      affine_rows(kind, bfloat, 0, p, begin, end); \
    }                                              \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_channel_affine(int threads, ck_function function, int x_bfloat, const void *x, int y_bfloat,
                       void *y, long pixels, long channels, const float *scale,
                       const float *shift) {
  if (pixels == 0 || channels == 0) return;
  const ck_body part = affine_part[x_bfloat];
  lanes_job job = {.function = function, .x = x, .x_bfloat = x_bfloat, .y = y,
                   .y_bfloat = y_bfloat, .constants = {scale, shift}};
  for_pixels(threads, job, pixels, channels, part, part);
}

// MARK: Gradient

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
      float g = load(dy_bfloat, dy, at) * derivative(kind, f, scaled);
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

LOOPS(gradient_sum_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end; row += SEGMENT) {
    const long last = min_long(row + SEGMENT, end);
    switch (p->function.kind) {
#define CASE(kind)                                                     \
  case kind:                                                           \
    if (p->y) {                                                        \
      gradient_sum_rows(kind, bfloat, bfloat, 1, p, row, last, block); \
    } else if (bfloat && p->dy_bfloat) {                               \
      gradient_sum_rows(kind, bfloat, 1, 0, p, row, last, block);      \
    } else {                                                           \
      gradient_sum_rows(kind, bfloat, 0, 0, p, row, last, block);      \
    }                                                                  \
    break;
      ACTIVATION_CASES(CASE)
#undef CASE
    }
    drain(block, p->sums + worker * 2 * lanes, 2 * lanes);
  }
  free(block);
}

void ck_channel_gradient_sums(int threads, ck_function function, int x_bfloat, const void *x,
                              int dy_bfloat, const void *dy, long pixels, long channels,
                              const float *scale, const float *shift, const float *center,
                              float *sum, float *sum_product, void *y) {
  for (long i = 0; i < channels; i++) sum[i] = sum_product[i] = 0;
  if (pixels == 0 || channels == 0) return;
  const ck_body part = gradient_sum_part[x_bfloat];
  double *sums = calloc((unsigned long)(2 * channels), sizeof(double));
  lanes_job job = {.function = function, .x = x, .x_bfloat = x_bfloat, .dy = dy,
                   .dy_bfloat = dy_bfloat, .y = y, .y_bfloat = x_bfloat,
                   .constants = {scale, shift, center}, .sums = sums};
  for_pixels(threads, job, pixels, channels, part, part);
  for (long i = 0; i < channels; i++) {
    sum[i] = (float)sums[i];
    sum_product[i] = (float)sums[channels + i];
  }
  free(sums);
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
      float g = load(dy_bfloat, dy, row + i) * derivative(kind, f, value * scale[i] + shift[i]);
      store(dx_bfloat, dx, row + i, a[i] * g + b[i] * value + c[i]);
    }
  }
}

LOOPS(gradient_part) {
  const lanes_job *p = context;
  switch (p->function.kind) {
#define CASE(kind)                                      \
  case kind:                                            \
    if (!bfloat || !p->y_bfloat) {                      \
      gradient_rows(kind, bfloat, 0, 0, p, begin, end); \
    } else if (p->dy_bfloat) {                          \
      gradient_rows(kind, bfloat, 1, 1, p, begin, end); \
    } else {                                            \
      gradient_rows(kind, bfloat, 0, 1, p, begin, end); \
    }                                                   \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_channel_gradient(int threads, ck_function function, int x_bfloat, const void *x,
                         int dy_bfloat, const void *dy, int dx_bfloat, void *dx, long pixels,
                         long channels, const float *scale, const float *shift, const float *a,
                         const float *b, const float *c) {
  if (pixels == 0 || channels == 0) return;
  const ck_body part = gradient_part[x_bfloat];
  lanes_job job = {.function = function, .x = x, .x_bfloat = x_bfloat, .dy = dy,
                   .dy_bfloat = dy_bfloat, .y = dx, .y_bfloat = dx_bfloat,
                   .constants = {scale, shift, a, b, c}};
  for_pixels(threads, job, pixels, channels, part, part);
}
