#include <stdlib.h>
#include <string.h>

#include "functions.h"
#include "lanes.h"

// The loops of normalization.c over activations of which some are kept as bfloat16: x always, the
// others as they say. All arithmetic is in float32. They are compiled for the one kind of processor
// for which anybody asks for bfloat16.

#ifdef __x86_64__
#define BFLOAT_TARGET                                                                         \
  __attribute__((target("avx2,avx512bf16,avx512bw,avx512cd,avx512dq,avx512f,avx512vl,bmi,bmi2," \
                        "f16c,fma,lzcnt,movbe,popcnt")))
#else
#define BFLOAT_TARGET
#endif

#define BFLOAT_LOOP(name)                                                                    \
  INLINE void name##_lines(const void *context, long begin, long end, int worker);           \
  BFLOAT_TARGET static void name(const void *context, long begin, long end, int worker) {    \
    name##_lines(context, begin, end, worker);                                               \
  }                                                                                          \
  INLINE void name##_lines(const void *context, long begin, long end, int worker)

/// Left alone, the compiler takes vectors of four where it converts.
#define WIDE _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)")

typedef unsigned short bits;

INLINE float load(const int bfloat, const void *x, long i) {
  if (!bfloat) return ((const float *)x)[i];
  union { unsigned u; float f; } wide = {(unsigned)((const bits *)x)[i] << 16};
  return wide.f;
}

INLINE void store(const int bfloat, void *y, long i, float value) {
  if (bfloat) {
    ((__bf16 *)y)[i] = (__bf16)value;
  } else {
    ((float *)y)[i] = value;
  }
}

INLINE const void *source_at(const int bfloat, const void *x, long i) {
  return bfloat ? (const void *)((const bits *)x + i) : (const void *)((const float *)x + i);
}

INLINE void *target_at(const int bfloat, void *y, long i) {
  return bfloat ? (void *)((bits *)y + i) : (void *)((float *)y + i);
}

typedef struct {
  ck_function function;
  const void *x, *dy;
  void *y;
  /// Whether dy and y are kept as bfloat16.
  int dy_bfloat, y_bfloat;
  /// Lanes per super-row, and per-lane constants.
  long lanes;
  const float *scale, *shift, *a, *b, *c;
  double *sums;
} lanes_job;

/// The same job for what lies behind `done` elements, in rows of `lanes`.
static lanes_job behind(lanes_job job, long done, long lanes) {
  job.lanes = lanes;
  job.x = source_at(1, job.x, done);
  if (job.dy) job.dy = source_at(job.dy_bfloat, job.dy, done);
  if (job.y) job.y = target_at(job.y_bfloat, job.y, done);
  return job;
}

// MARK: Conversion

typedef struct {
  const void *x;
  void *y;
} conversion;

BFLOAT_LOOP(widen_part) {
  (void)worker;
  const conversion *p = context;
  const void *x = p->x;
  float *y = p->y;
  WIDE for (long i = begin; i < end; i++) y[i] = load(1, x, i);
}

BFLOAT_LOOP(narrow_part) {
  (void)worker;
  const conversion *p = context;
  const float *x = p->x;
  void *y = p->y;
  WIDE for (long i = begin; i < end; i++) store(1, y, i, x[i]);
}

void ck_widen(int threads, const void *x, float *y, long count) {
  conversion job = {x, y};
  ck_for(threads, count, GRAIN, widen_part, &job);
}

void ck_narrow(int threads, const float *x, void *y, long count) {
  conversion job = {x, y};
  ck_for(threads, count, GRAIN, narrow_part, &job);
}

// MARK: Statistics

BFLOAT_LOOP(statistics_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  double *sums = p->sums + worker * 2 * lanes;
  const float *restrict shift = p->shift;
  float *restrict sum = calloc((unsigned long)(2 * lanes), sizeof(float));
  float *restrict square = sum + lanes;
  for (long row = begin; row < end; row += SEGMENT) {
    const long count = min_long(SEGMENT, end - row);
    const void *x = source_at(1, p->x, row * lanes);
    long r = 0;
    for (; r + UNROLL <= count; r += UNROLL, x = source_at(1, x, UNROLL * lanes)) {
      WIDE for (long i = 0; i < lanes; i++) {
        float first = sum[i], second = square[i], offset = shift[i];
#pragma clang loop unroll(full)
        for (long k = 0; k < UNROLL; k++) {
          float value = load(1, x, k * lanes + i) - offset;
          first += value;
          second += value * value;
        }
        sum[i] = first;
        square[i] = second;
      }
    }
    for (; r < count; r++, x = source_at(1, x, lanes)) {
      WIDE for (long i = 0; i < lanes; i++) {
        float value = load(1, x, i) - shift[i];
        sum[i] += value;
        square[i] += value * value;
      }
    }
    drain(sum, sums, 2 * lanes);
  }
  free(sum);
}

void ck_bfloat_statistics(int threads, const void *x, long pixels, long channels, float *mean,
                          float *variance) {
  if (pixels == 0 || channels == 0) {
    for (long i = 0; i < channels; i++) mean[i] = variance[i] = 0;
    return;
  }
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *start = malloc((unsigned long)channels * sizeof(float));
  for (long i = 0; i < channels; i++) start[i] = load(1, x, i);
  float *shift = repeated(start, channels, fold);
  double *sums =
      calloc((unsigned long)((threads + 1) * 2 * lanes + 2 * channels), sizeof(double));
  double *first = sums + (threads + 1) * 2 * lanes, *second = first + channels;
  lanes_job job = {.x = x, .lanes = lanes, .shift = shift, .sums = sums};
  int workers = ck_for(threads, pixels / fold, grain_of(lanes), statistics_part, &job);
  gather(sums, workers, lanes, channels, first, second);
  if (pixels % fold > 0) {
    lanes_job rest = behind(job, pixels / fold * fold * channels, channels);
    rest.sums = sums + threads * 2 * lanes;
    statistics_part(&rest, 0, pixels % fold, 0);
    gather(rest.sums, 1, channels, channels, first, second);
  }
  for (long i = 0; i < channels; i++) {
    double average = first[i] / (double)pixels;
    double spread = second[i] / (double)pixels - average * average;
    mean[i] = (float)(start[i] + average);
    variance[i] = (float)(spread < 0 ? 0 : spread);
  }
  free(sums);
  free(shift);
  free(start);
}

// MARK: Affine and activation

INLINE void affine_rows(const int kind, const int y_bfloat, const lanes_job *p, long begin,
                        long end) {
  const ck_function f = p->function;
  const long lanes = p->lanes;
  const float *restrict scale = p->scale, *restrict shift = p->shift;
  for (long row = begin; row < end; row++) {
    const void *x = source_at(1, p->x, row * lanes);
    void *y = target_at(y_bfloat, p->y, row * lanes);
    WIDE for (long i = 0; i < lanes; i++) {
      store(y_bfloat, y, i, evaluate(kind, f, load(1, x, i) * scale[i] + shift[i]));
    }
  }
}

BFLOAT_LOOP(affine_part) {
  (void)worker;
  const lanes_job *p = context;
  switch (p->function.kind) {
#define CASE(kind)                              \
  case kind:                                    \
    if (p->y_bfloat) {                          \
      affine_rows(kind, 1, p, begin, end);      \
    } else {                                    \
      affine_rows(kind, 0, p, begin, end);      \
    }                                           \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_bfloat_affine(int threads, ck_function function, const void *x, int y_bfloat, void *y,
                      long pixels, long channels, const float *scale, const float *shift) {
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *scales = repeated(scale, channels, fold), *shifts = repeated(shift, channels, fold);
  lanes_job job = {.function = function, .x = x, .y = y, .y_bfloat = y_bfloat, .lanes = lanes,
                   .scale = scales, .shift = shifts};
  ck_for(threads, pixels / fold, grain_of(lanes), affine_part, &job);
  if (pixels % fold > 0) {
    lanes_job rest = behind(job, pixels / fold * fold * channels, channels);
    affine_part(&rest, 0, pixels % fold, 0);
  }
  free(scales);
  free(shifts);
}

// MARK: Gradient

/// Also writes function(x * scale + shift) as bfloat16 where `writes`.
INLINE void gradient_sum_rows(const int kind, const int dy_bfloat, const int writes,
                              const lanes_job *p, long begin, long count, float *restrict sum,
                              float *restrict product) {
  enum { STEP = 4 };
  const ck_function f = p->function;
  const long lanes = p->lanes;
  const float *restrict scale = p->scale, *restrict shift = p->shift, *restrict center = p->c;
  const void *x = source_at(1, p->x, begin * lanes);
  const void *dy = source_at(dy_bfloat, p->dy, begin * lanes);
  void *y = writes ? target_at(1, p->y, begin * lanes) : 0;
  long row = 0;
  for (; row + STEP <= count; row += STEP) {
    WIDE for (long i = 0; i < lanes; i++) {
      float first = sum[i], second = product[i];
#pragma clang loop unroll(full)
      for (long r = 0; r < STEP; r++) {
        float value = load(1, x, (row + r) * lanes + i);
        float scaled = value * scale[i] + shift[i];
        float g = load(dy_bfloat, dy, (row + r) * lanes + i) * derivative(kind, f, scaled);
        if (writes) store(1, y, (row + r) * lanes + i, evaluate(kind, f, scaled));
        first += g;
        second += g * (value - center[i]);
      }
      sum[i] = first;
      product[i] = second;
    }
  }
  for (; row < count; row++) {
    WIDE for (long i = 0; i < lanes; i++) {
      float value = load(1, x, row * lanes + i);
      float scaled = value * scale[i] + shift[i];
      float g = load(dy_bfloat, dy, row * lanes + i) * derivative(kind, f, scaled);
      if (writes) store(1, y, row * lanes + i, evaluate(kind, f, scaled));
      sum[i] += g;
      product[i] += g * (value - center[i]);
    }
  }
}

BFLOAT_LOOP(gradient_sum_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  double *sums = p->sums + worker * 2 * lanes;
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end; row += SEGMENT) {
    const long count = min_long(SEGMENT, end - row);
    switch (p->function.kind) {
#define CASE(kind)                                                           \
  case kind:                                                                 \
    if (p->y) {                                                              \
      gradient_sum_rows(kind, 1, 1, p, row, count, block, block + lanes);    \
    } else if (p->dy_bfloat) {                                               \
      gradient_sum_rows(kind, 1, 0, p, row, count, block, block + lanes);    \
    } else {                                                                 \
      gradient_sum_rows(kind, 0, 0, p, row, count, block, block + lanes);    \
    }                                                                        \
    break;
      ACTIVATION_CASES(CASE)
#undef CASE
    }
    drain(block, sums, 2 * lanes);
  }
  free(block);
}

void ck_bfloat_gradient_sums(int threads, ck_function function, const void *x, int dy_bfloat,
                             const void *dy, long pixels, long channels, const float *scale,
                             const float *shift, const float *center, float *sum,
                             float *sum_product, void *y) {
  for (long i = 0; i < channels; i++) sum[i] = sum_product[i] = 0;
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *scales = repeated(scale, channels, fold), *shifts = repeated(shift, channels, fold);
  float *centers = repeated(center, channels, fold);
  double *sums = calloc((unsigned long)((threads + 1) * 2 * lanes + 2 * channels), sizeof(double));
  double *first = sums + (threads + 1) * 2 * lanes, *second = first + channels;
  lanes_job job = {.function = function, .x = x, .dy = dy, .dy_bfloat = dy_bfloat, .y = y,
                   .y_bfloat = 1, .lanes = lanes, .scale = scales, .shift = shifts,
                   .c = centers, .sums = sums};
  int workers = ck_for(threads, pixels / fold, grain_of(lanes), gradient_sum_part, &job);
  gather(sums, workers, lanes, channels, first, second);
  if (pixels % fold > 0) {
    lanes_job rest = behind(job, pixels / fold * fold * channels, channels);
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

INLINE void gradient_rows(const int kind, const int dy_bfloat, const int dx_bfloat,
                          const lanes_job *p, long begin, long end) {
  const ck_function f = p->function;
  const long lanes = p->lanes;
  const float *restrict scale = p->scale, *restrict shift = p->shift;
  const float *restrict a = p->a, *restrict b = p->b, *restrict c = p->c;
  for (long row = begin; row < end; row++) {
    const void *x = source_at(1, p->x, row * lanes);
    const void *dy = source_at(dy_bfloat, p->dy, row * lanes);
    void *dx = target_at(dx_bfloat, p->y, row * lanes);
    WIDE for (long i = 0; i < lanes; i++) {
      float value = load(1, x, i);
      float g = load(dy_bfloat, dy, i) * derivative(kind, f, value * scale[i] + shift[i]);
      store(dx_bfloat, dx, i, a[i] * g + b[i] * value + c[i]);
    }
  }
}

BFLOAT_LOOP(gradient_part) {
  (void)worker;
  const lanes_job *p = context;
  switch (p->function.kind) {
#define CASE(kind)                                 \
  case kind:                                       \
    if (!p->y_bfloat) {                            \
      gradient_rows(kind, 0, 0, p, begin, end);    \
    } else if (p->dy_bfloat) {                     \
      gradient_rows(kind, 1, 1, p, begin, end);    \
    } else {                                       \
      gradient_rows(kind, 0, 1, p, begin, end);    \
    }                                              \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

void ck_bfloat_gradient(int threads, ck_function function, const void *x, int dy_bfloat,
                        const void *dy, int dx_bfloat, void *dx, long pixels, long channels,
                        const float *scale, const float *shift, const float *a, const float *b,
                        const float *c) {
  if (pixels == 0 || channels == 0) return;
  const long fold = fold_of(pixels, channels), lanes = fold * channels;
  float *constants[5] = {
      repeated(scale, channels, fold), repeated(shift, channels, fold),
      repeated(a, channels, fold), repeated(b, channels, fold), repeated(c, channels, fold)};
  lanes_job job = {.function = function, .x = x, .dy = dy, .y = dx, .dy_bfloat = dy_bfloat,
                   .y_bfloat = dx_bfloat, .lanes = lanes, .scale = constants[0],
                   .shift = constants[1], .a = constants[2], .b = constants[3],
                   .c = constants[4]};
  ck_for(threads, pixels / fold, grain_of(lanes), gradient_part, &job);
  if (pixels % fold > 0) {
    lanes_job rest = behind(job, pixels / fold * fold * channels, channels);
    gradient_part(&rest, 0, pixels % fold, 0);
  }
  for (int i = 0; i < 5; i++) free(constants[i]);
}
