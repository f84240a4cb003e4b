#include <stdlib.h>

#include "functions.h"
#include "lanes.h"

typedef struct {
  ck_function function;
  const float *x, *dy;
  float *y;
  /// Lanes per super-row, and per-lane constants.
  long lanes;
  const float *scale, *shift, *a, *b, *c;
  double *sums;
} lanes_job;

// MARK: Statistics

/// Adds x - shift and its square by lane into two rows of sums.
INLINE void statistics_rows(const float *restrict x, long rows, long lanes,
                            const float *restrict shift, float *restrict sum,
                            float *restrict square) {
  long row = 0;
  for (; row + UNROLL <= rows; row += UNROLL, x += UNROLL * lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float first = sum[i], second = square[i], offset = shift[i];
#pragma clang loop unroll(full)
      for (long r = 0; r < UNROLL; r++) {
        float value = x[r * lanes + i] - offset;
        first += value;
        second += value * value;
      }
      sum[i] = first;
      square[i] = second;
    }
  }
  for (; row < rows; row++, x += lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float value = x[i] - shift[i];
      sum[i] += value;
      square[i] += value * value;
    }
  }
}

LOOP(statistics_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  double *sums = p->sums + worker * 2 * lanes;
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end; row += SEGMENT) {
    long count = min_long(SEGMENT, end - row);
    statistics_rows(p->x + row * lanes, count, lanes, p->shift, block, block + lanes);
    drain(block, sums, 2 * lanes);
  }
  free(block);
}

void ck_channel_statistics(int threads, const float *x, long pixels, long channels, float *mean,
                           float *variance) {
  if (pixels == 0 || channels == 0) {
    for (long i = 0; i < channels; i++) mean[i] = variance[i] = 0;
    return;
  }
  // Distances from the first pixel keep E[d^2] - E[d]^2 from cancelling.
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *shift = repeated(x, channels, fold);
  double *sums = calloc((unsigned long)(threads * 2 * lanes + 2 * channels), sizeof(double));
  double *first = sums + threads * 2 * lanes, *second = first + channels;
  lanes_job job = {.x = x, .lanes = lanes, .shift = shift, .sums = sums};
  int workers = ck_for(threads, pixels / fold, grain_of(lanes), statistics_part, &job);
  gather(sums, workers, lanes, channels, first, second);
  for (long pixel = pixels / fold * fold; pixel < pixels; pixel++) {
    for (long i = 0; i < channels; i++) {
      double value = (double)x[pixel * channels + i] - shift[i];
      first[i] += value;
      second[i] += value * value;
    }
  }
  for (long i = 0; i < channels; i++) {
    double average = first[i] / (double)pixels;
    double spread = second[i] / (double)pixels - average * average;
    mean[i] = (float)(shift[i] + average);
    variance[i] = (float)(spread < 0 ? 0 : spread);
  }
  free(sums);
  free(shift);
}

// MARK: Affine and activation

INLINE void affine_rows(const int kind, ck_function f, const float *restrict x,
                        float *restrict y, long rows, long lanes, const float *restrict scale,
                        const float *restrict shift) {
  for (long row = 0; row < rows; row++, x += lanes, y += lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      y[i] = evaluate(kind, f, x[i] * scale[i] + shift[i]);
    }
  }
}

LOOP(affine_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  switch (p->function.kind) {
#define CASE(kind)                                                                           \
  case kind:                                                                                 \
    affine_rows(kind, p->function, p->x + begin * lanes, p->y + begin * lanes, end - begin,  \
                lanes, p->scale, p->shift);                                                  \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_channel_affine(int threads, ck_function function, const float *x, float *y, long pixels,
                       long channels, const float *scale, const float *shift) {
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *scales = repeated(scale, channels, fold), *shifts = repeated(shift, channels, fold);
  lanes_job job = {
      .function = function, .x = x, .y = y, .lanes = lanes, .scale = scales, .shift = shifts};
  ck_for(threads, pixels / fold, grain_of(lanes), affine_part, &job);
  const long done = pixels / fold * fold * channels;
  job.lanes = channels;
  job.x += done;
  job.y += done;
  if (pixels % fold > 0) affine_part(&job, 0, pixels % fold, 0);
  free(scales);
  free(shifts);
}

// MARK: Gradient

/// Also writes function(x * scale + shift) where `writes`.
INLINE void gradient_sum_rows(const int kind, const int writes, ck_function f,
                              const float *restrict x, const float *restrict dy,
                              float *restrict y, long rows, long lanes,
                              const float *restrict scale, const float *restrict shift,
                              const float *restrict center, float *restrict sum,
                              float *restrict product) {
  long row = 0;
  enum { STEP = 4 };
  for (; row + STEP <= rows; row += STEP, x += STEP * lanes, dy += STEP * lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float first = sum[i], second = product[i];
#pragma clang loop unroll(full)
      for (long r = 0; r < STEP; r++) {
        float value = x[r * lanes + i];
        float scaled = value * scale[i] + shift[i];
        float g = dy[r * lanes + i] * derivative(kind, f, scaled);
        if (writes) y[(row + r) * lanes + i] = evaluate(kind, f, scaled);
        first += g;
        second += g * (value - center[i]);
      }
      sum[i] = first;
      product[i] = second;
    }
  }
  for (; row < rows; row++, x += lanes, dy += lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float scaled = x[i] * scale[i] + shift[i];
      float g = dy[i] * derivative(kind, f, scaled);
      if (writes) y[row * lanes + i] = evaluate(kind, f, scaled);
      sum[i] += g;
      product[i] += g * (x[i] - center[i]);
    }
  }
}

LOOP(gradient_sum_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  double *sums = p->sums + worker * 2 * lanes;
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end; row += SEGMENT) {
    long count = min_long(SEGMENT, end - row);
    switch (p->function.kind) {
#define CASE(kind)                                                                        \
  case kind:                                                                              \
    if (p->y) {                                                                           \
      gradient_sum_rows(kind, 1, p->function, p->x + row * lanes, p->dy + row * lanes,    \
                        p->y + row * lanes, count, lanes, p->scale, p->shift, p->c, block,\
                        block + lanes);                                                   \
    } else {                                                                              \
      gradient_sum_rows(kind, 0, p->function, p->x + row * lanes, p->dy + row * lanes,    \
                        0, count, lanes, p->scale, p->shift, p->c, block, block + lanes); \
    }                                                                                     \
    break;
      ACTIVATION_CASES(CASE)
#undef CASE
    }
    drain(block, sums, 2 * lanes);
  }
  free(block);
}

void ck_channel_gradient_sums(int threads, ck_function function, const float *x, const float *dy,
                              long pixels, long channels, const float *scale, const float *shift,
                              const float *center, float *sum, float *sum_product, float *y) {
  for (long i = 0; i < channels; i++) sum[i] = sum_product[i] = 0;
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *scales = repeated(scale, channels, fold), *shifts = repeated(shift, channels, fold);
  float *centers = repeated(center, channels, fold);
  double *sums = calloc((unsigned long)((threads + 1) * 2 * lanes + 2 * channels), sizeof(double));
  double *first = sums + (threads + 1) * 2 * lanes, *second = first + channels;
  lanes_job job = {.function = function, .x = x, .dy = dy, .y = y, .lanes = lanes,
                   .scale = scales, .shift = shifts, .c = centers, .sums = sums};
  int workers = ck_for(threads, pixels / fold, grain_of(lanes), gradient_sum_part, &job);
  gather(sums, workers, lanes, channels, first, second);
  const long done = pixels / fold * fold * channels;
  if (pixels % fold > 0) {
    lanes_job rest = job;
    rest.lanes = channels;
    rest.x += done;
    rest.dy += done;
    if (y) rest.y += done;
    rest.sums = sums + threads * 2 * lanes;
    gradient_sum_part(&rest, 0, pixels % fold, 0);
    gather(rest.sums, 1, channels, channels, first, second);
  }
  for (long i = 0; i < channels; i++) {
    sum[i] = (float)first[i];
    sum_product[i] = (float)second[i];
  }
  free(sums);
  free(scales);
  free(shifts);
  free(centers);
}

INLINE void gradient_rows(const int kind, ck_function f, const float *x, const float *dy,
                          float *dx, long rows, long lanes, const float *restrict scale,
                          const float *restrict shift, const float *restrict a,
                          const float *restrict b, const float *restrict c) {
  for (long row = 0; row < rows; row++, x += lanes, dy += lanes, dx += lanes) {
    VECTORIZE for (long i = 0; i < lanes; i++) {
      float g = dy[i] * derivative(kind, f, x[i] * scale[i] + shift[i]);
      dx[i] = a[i] * g + b[i] * x[i] + c[i];
    }
  }
}

LOOP(gradient_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  switch (p->function.kind) {
#define CASE(kind)                                                                      \
  case kind:                                                                            \
    gradient_rows(kind, p->function, p->x + begin * lanes, p->dy + begin * lanes,       \
                  p->y + begin * lanes, end - begin, lanes, p->scale, p->shift, p->a,   \
                  p->b, p->c);                                                          \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_channel_gradient(int threads, ck_function function, const float *x, const float *dy,
                         float *dx, long pixels, long channels, const float *scale,
                         const float *shift, const float *a, const float *b, const float *c) {
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *constants[5] = {
      repeated(scale, channels, fold), repeated(shift, channels, fold),
      repeated(a, channels, fold), repeated(b, channels, fold), repeated(c, channels, fold)};
  lanes_job job = {.function = function, .x = x, .dy = dy, .y = dx, .lanes = lanes,
                   .scale = constants[0], .shift = constants[1], .a = constants[2],
                   .b = constants[3], .c = constants[4]};
  ck_for(threads, pixels / fold, grain_of(lanes), gradient_part, &job);
  const long done = pixels / fold * fold * channels;
  job.lanes = channels;
  job.x += done;
  job.dy += done;
  job.y += done;
  if (pixels % fold > 0) gradient_part(&job, 0, pixels % fold, 0);
  for (int i = 0; i < 5; i++) free(constants[i]);
}
