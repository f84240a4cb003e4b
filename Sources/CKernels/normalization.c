#include <stdlib.h>

#include "channel_rows.h"

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

LOOPS(statistics_part) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  float *block = calloc((unsigned long)(2 * lanes), sizeof(float));
  for (long row = begin; row < end; row += SEGMENT) {
    add_distance_rows(bfloat, element_at(bfloat, p->x, row * lanes), min_long(end - row, SEGMENT),
                      lanes, p->constants[CENTER], block);
    drain(block, p->sums + worker * 2 * lanes, 2 * lanes);
  }
  free(block);
}

static void statistics_rest(const void *context, long begin, long end, int worker) {
  const lanes_job *p = context;
  const long lanes = p->lanes;
  add_pixel_distances(p->x_bfloat, element_at(p->x_bfloat, p->x, begin * lanes), end - begin, lanes,
                      p->constants[CENTER], p->sums, p->sums + lanes);
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
