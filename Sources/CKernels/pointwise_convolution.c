#include "pointwise_convolution.h"

#include <stdlib.h>

#include "channel_moments.h"

// MARK: Packing

typedef struct {
  long given, taken, given_step, taken_step;
  const float *plain, *scale;
  float *packed;
} pack_job;

LOOP(pack) {
  const pack_job *p = context;
  for (long block = begin; block < end; block++) {
    const long count = min_long(p->given - block * LANES, LANES);
    for (long k = 0; k < p->taken; k++) {
      const float *from = p->plain + block * LANES * p->given_step + k * p->taken_step;
      float *to = p->packed + (block * p->taken + k) * LANES;
      for (long l = 0; l < LANES; l++) {
        to[l] = l < count ? from[l * p->given_step] : 0;
        if (p->scale && l < count) to[l] *= p->scale[block * LANES + l];
      }
    }
  }
}

void ck_pointwise_pack(int threads, long out_channels, long in_channels, int transposed,
                       const float *plain, const float *scale, float *packed) {
  pack_job job = {out_channels, in_channels, in_channels, 1, plain, scale, packed};
  if (transposed) job = (pack_job){in_channels, out_channels, 1, in_channels, plain, NULL, packed};
  ck_for(threads, (job.given + LANES - 1) / LANES, grain_of(LANES * job.taken), pack, &job);
}

long ck_pointwise_weight_count(long given_channels, long taken_channels) {
  return round_up(given_channels, PANEL) * taken_channels;
}

// MARK: Blocks

/// What training and inference have in common: y = function(x * scale + shift) * weights.
typedef struct {
  shape shape;
  const ck_activation *x;
  /// As rows of lanes, or null.
  const float *scale, *shift;
  const float *weights;
  float *y, *scratch;
} convolution;

static long worker_length(long in_channels) { return round_up(block_room(in_channels), LANES); }

long ck_pointwise_scratch(int threads, long in_channels) {
  return threads * worker_length(in_channels);
}

/// Computes a block in the memory of a worker; `end` may be null.
INLINE void convolve_block(const convolution *p, pixel_span at, int worker, const sums_end *end,
                           const int rows, const int vectors) {
  const long in = p->shape.in_channels, out = p->shape.out_channels;
  float *room = p->scratch + worker * worker_length(in);
  const float *from = activation_block(p->x, p->scale, p->shift, at, in, p->shape.in_fold,
                                       at.count % ROWS != 0, room);
  if (from == room) pad_block(room, at.count, in);
  fetch_plan ahead = {.regions = 0};
  add_region(&ahead, 0, p->x->x, at, in);
  add_region(&ahead, 0, p->y, at, out);
  multiply_block(from, at.count, in, out, p->weights, p->y + at.first * out, &ahead, end, rows,
                 vectors);
}

// MARK: Forward

/// Sums of a worker's distances from its first pixel, and of their squares, by lane.
typedef struct {
  long channels, fold;
  float *center, *block;
  double *sums;
} distances;

INLINE distances begin_distances(const float *first_pixel, long channels, long fold) {
  const unsigned long count = (unsigned long)(2 * fold * channels);
  distances d = {channels, fold, repeated(first_pixel, channels, fold),
                 calloc(count, sizeof(float)), calloc(count, sizeof(double))};
  return d;
}

INLINE void add_block(const distances *d, const float *y, long pixels) {
  const long lanes = d->fold * d->channels, whole = pixels / d->fold;
  add_distance_rows(0, y, whole, lanes, d->center, d->block);
  drain(d->block, d->sums, 2 * lanes);
  add_pixel_distances(0, y + whole * lanes, pixels - whole * d->fold, d->channels, d->center,
                      d->sums, d->sums + lanes);
}

/// Adds them up by channel.
INLINE void end_distances(distances *d, double *totals) {
  gather(d->sums, 1, d->fold * d->channels, d->channels, totals, totals + d->channels);
  free(d->center);
  free(d->block);
  free(d->sums);
}

typedef struct {
  convolution convolution;
  const float *bias;
  worker_moments moments;
} forward_job;

INLINE void forward_lines(const void *context, long begin, long end, int worker, const int rows,
                          const int vectors) {
  const forward_job *p = context;
  const shape s = p->convolution.shape;
  const long out = s.out_channels;
  distances d = {0};
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(s.pixels, BLOCK, block, end);
    convolve_block(&p->convolution, at, worker, NULL, rows, vectors);
    float *y = p->convolution.y + at.first * out;
    for (long i = 0; p->bias && i < at.count; i++) {
      VECTORIZE for (long c = 0; c < out; c++) y[i * out + c] += p->bias[c];
    }
    if (!p->moments.sums) continue;
    if (block == begin) {
      memcpy(p->moments.centers + worker * out, y, (unsigned long)out * sizeof(float));
      d = begin_distances(y, out, s.out_fold);
    }
    add_block(&d, y, at.count);
  }
  if (!p->moments.sums) return;
  end_distances(&d, p->moments.sums + worker * 2 * out);
  p->moments.counts[worker] = min_long(end * BLOCK, s.pixels) - begin * BLOCK;
}

SHAPED_LOOP(forward)

void ck_pointwise_convolve(int threads, long pixels, long in_channels, long out_channels,
                           const ck_activation *x, const float *weights, const float *bias,
                           float *y, float *mean, float *variance, float *scratch) {
  if (pixels == 0) return;
  const shape s = make_shape(pixels, in_channels, out_channels);
  float *scale = lanes_of(x->scale, in_channels, s.in_fold);
  float *shift = lanes_of(x->shift, in_channels, s.in_fold);
  forward_job job = {{s, x, scale, shift, weights, y, scratch}, bias, {NULL, NULL, NULL}};
  if (mean) job.moments = make_moments(threads, out_channels);
  int workers = ck_for(threads, s.blocks, 1, forward, &job);
  if (mean) join_moments(job.moments, workers, out_channels, mean, variance);
  free(scale);
  free(shift);
}

// MARK: Inference

typedef struct {
  convolution convolution;
  const float *residual;
  sums_end end;
} infer_job;

INLINE void infer_lines(const void *context, long begin, long end, int worker, const int rows,
                        const int vectors) {
  const infer_job *p = context;
  const shape s = p->convolution.shape;
  const long out = s.out_channels;
  const float low = p->end.low, high = p->end.high;
  // With a residual, limits come behind it.
  const sums_end plain = {p->end.bias, -INFINITY, INFINITY};
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(s.pixels, BLOCK, block, end);
    convolve_block(&p->convolution, at, worker, p->residual ? &plain : &p->end, rows, vectors);
    if (!p->residual) continue;
    const float *residual = p->residual + at.first * out;
    float *y = p->convolution.y + at.first * out;
    VECTORIZE for (long i = 0; i < at.count * out; i++) y[i] = clamp(y[i] + residual[i], low, high);
  }
}

SHAPED_LOOP(infer)

void ck_pointwise_infer(int threads, long pixels, long in_channels, long out_channels,
                        const float *x, const float *weights, const float *bias,
                        const float *residual, float low, float high, float *y, float *scratch) {
  if (pixels == 0) return;
  // A bias for each column of the last panel, too.
  float *biases = calloc((unsigned long)round_up(out_channels, PANEL), sizeof(float));
  if (bias) memcpy(biases, bias, (unsigned long)out_channels * sizeof(float));
  const shape s = make_shape(pixels, in_channels, out_channels);
  const ck_activation plain = {.x = x};
  infer_job job = {{s, &plain, NULL, NULL, weights, y, scratch}, residual, {biases, low, high}};
  ck_for(threads, s.blocks, 1, infer, &job);
  free(biases);
}
