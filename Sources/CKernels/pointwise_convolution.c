#include <stdlib.h>
#include <string.h>

#include "channel_moments.h"
#include "channel_rows.h"
#include "products.h"

// Pointwise convolutions between normalisations. Each worker takes some pixels at a time through
// everything that is to be done with them: the normalisation and activation before, the products,
// the statistics behind; in the backward pass both gradients of normalisations and both of the
// convolution. What lies between these steps never leaves the worker's own cache.

/// Pixels of a block, a multiple of ROWS and of all folds of LANES channels or more.
enum { BLOCK = 64, FLUSH = 64, STEP = 4, LINE = 64 };

typedef struct {
  long pixels, in_channels, out_channels, blocks;
  /// How many pixels form a row of lanes, of the input and of the output.
  long in_fold, out_fold;
} shape;

static shape make_shape(long pixels, long in_channels, long out_channels) {
  shape s = {pixels, in_channels, out_channels, (pixels + BLOCK - 1) / BLOCK,
             fold_of(BLOCK * 4, in_channels), fold_of(BLOCK * 4, out_channels)};
  return s;
}

/// A channel vector for rows of lanes; null stays null.
static float *lanes_of(const float *values, long channels, long fold) {
  return values ? repeated(values, channels, fold) : NULL;
}

// MARK: Reading ahead

/// Memory of the next block, to be fetched while this one's products are computed.
typedef struct {
  const char *begin[4], *end[4];
  int regions, current;
} fetch_plan;

INLINE void add_region(fetch_plan *plan, const float *at, long count) {
  if (!at || count <= 0) return;
  plan->begin[plan->regions] = (const char *)at;
  plan->end[plan->regions++] = (const char *)(at + count);
}

/// The next lines to fetch, one for each of `count` terms; `used` is in the cache anyway.
INLINE fetch_ahead take_lines(fetch_plan *plan, long count, const float *used) {
  if (plan->current == plan->regions) return nothing_ahead(used);
  fetch_ahead ahead = {plan->begin[plan->current], LINE};
  plan->begin[plan->current] += count * LINE;
  if (plan->begin[plan->current] >= plan->end[plan->current]) plan->current++;
  return ahead;
}

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

INLINE void differentiate_rows(const lanes_job *job, long begin, long end) {
  switch (job->function.kind) {
#define CASE(kind) \
  case kind: gradient_rows(kind, 0, 0, 0, job, begin, end); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

/// Sums g and g * (x - center) of the rows by lane, and drains them into the job's.
INLINE void sum_rows(const int kind, const int writes, const lanes_job *job, long rows,
                     float *block) {
  long row = 0;
  for (; row + STEP <= rows; row += STEP) {
    add_gradients(kind, 0, 0, writes, STEP, job, row, job->y, block);
  }
  for (; row < rows; row++) add_gradients(kind, 0, 0, writes, 1, job, row, job->y, block);
  drain(block, job->sums, 2 * job->lanes);
}

/// What a pass reads of an activation: its elements, or memory that they are put into first.
INLINE const float *activation_block(const ck_activation *x, const float *scale, const float *shift,
                                     long first, long pixels, long channels, long fold,
                                     int needs_copy, float *room) {
  const float *from = x->x + first * channels;
  if (scale) {
    lanes_job job = {.function = x->function, .x = from, .y = room, .constants = {scale, shift}};
    FOR_ROWS(job, pixels, channels, fold, evaluate_rows);
    return room;
  }
  if (!needs_copy) return from;
  memcpy(room, from, (unsigned long)(pixels * channels) * sizeof(float));
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

// MARK: Forward

typedef struct {
  shape shape;
  const ck_activation *x;
  const float *scale, *shift;
  const float *weights, *bias;
  float *y, *scratch;
  /// Of each worker: sums of distances from its first pixel's values, and of their squares, by
  /// channel, those values, and the number of pixels; null where no statistics are wanted.
  double *sums;
  float *centers;
  long *counts;
  long scratch_length;
} convolve_job;

static long input_room(long in_channels) { return BLOCK * in_channels + PANEL; }

long ck_pointwise_scratch(int threads, long in_channels) {
  return threads * round_up(input_room(in_channels), LANES);
}

INLINE void convolve_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const convolve_job *p = context;
  const shape s = p->shape;
  const long in = s.in_channels, out = s.out_channels, lanes = s.out_fold * out;
  float *room = p->scratch + worker * p->scratch_length;
  double *sums = NULL;
  float *center = NULL, *block_sums = NULL;
  for (long block = begin; block < end; block++) {
    const long first = block * BLOCK, count = min_long(s.pixels - first, BLOCK);
    const float *from = activation_block(p->x, p->scale, p->shift, first, count, in, s.in_fold,
                                         count % ROWS != 0, room);
    if (from == room) pad_block(room, count, in);
    float *to = p->y + first * out;
    fetch_plan ahead = {.regions = 0};
    const long next = min_long(s.pixels - first - count, block + 1 < end ? BLOCK : 0);
    add_region(&ahead, p->x->x + (first + count) * in, next * in);
    add_region(&ahead, to + count * out, next * out);
    multiply_block(from, count, in, out, p->weights, to, &ahead, NULL, rows, vectors);
    for (long i = 0; p->bias && i < count; i++) {
      VECTORIZE for (long c = 0; c < out; c++) to[i * out + c] += p->bias[c];
    }
    if (!p->sums) continue;
    if (block == begin) {
      memcpy(p->centers + worker * out, to, (unsigned long)out * sizeof(float));
      center = repeated(to, out, s.out_fold);
      sums = calloc((unsigned long)(2 * lanes), sizeof(double));
      block_sums = calloc((unsigned long)(2 * lanes), sizeof(float));
    }
    const long whole = count / s.out_fold;
    long row = 0;
    for (; row + UNROLL <= whole; row += UNROLL) {
      add_distances(0, UNROLL, to + row * lanes, lanes, center, block_sums);
    }
    for (; row < whole; row++) {
      add_distances(0, 1, to + row * lanes, lanes, center, block_sums);
    }
    drain(block_sums, sums, 2 * lanes);
    for (long i = whole * s.out_fold; i < count; i++) {
      for (long c = 0; c < out; c++) {
        const double distance = (double)to[i * out + c] - center[c];
        sums[c] += distance;
        sums[lanes + c] += distance * distance;
      }
    }
  }
  if (!sums) return;
  double *totals = p->sums + worker * 2 * out;
  gather(sums, 1, lanes, out, totals, totals + out);
  p->counts[worker] = min_long(end * BLOCK, s.pixels) - begin * BLOCK;
  free(sums);
  free(center);
  free(block_sums);
}

SHAPED_LOOP(convolve)

void ck_pointwise_convolve(int threads, long pixels, long in_channels, long out_channels,
                           const ck_activation *x, const float *weights, const float *bias,
                           float *y, float *mean, float *variance, float *scratch) {
  if (pixels == 0) return;
  const shape s = make_shape(pixels, in_channels, out_channels);
  float *scale = lanes_of(x->scale, in_channels, s.in_fold);
  float *shift = lanes_of(x->shift, in_channels, s.in_fold);
  convolve_job job = {.shape = s, .x = x, .scale = scale, .shift = shift, .weights = weights,
                      .bias = bias, .y = y, .scratch = scratch,
                      .scratch_length = round_up(input_room(in_channels), LANES)};
  if (mean) {
    job.sums = calloc((unsigned long)(threads * 2 * out_channels), sizeof(double));
    job.centers = malloc((unsigned long)(threads * out_channels) * sizeof(float));
    job.counts = calloc((unsigned long)threads, sizeof(long));
  }
  int workers = ck_for(threads, s.blocks, 1, convolve, &job);
  if (mean) {
    join_moments(job.sums, job.centers, job.counts, workers, out_channels, mean, variance);
  }
  free(scale);
  free(shift);
  free(job.sums);
  free(job.centers);
  free(job.counts);
}

// MARK: Inference

typedef struct {
  shape shape;
  const float *x, *weights, *residual;
  sums_end end;
  float *y, *scratch;
  long scratch_length;
} infer_job;

INLINE void infer_lines(const void *context, long begin, long end, int worker, const int rows,
                        const int vectors) {
  const infer_job *p = context;
  const shape s = p->shape;
  const long in = s.in_channels, out = s.out_channels;
  const ck_activation x = {.x = p->x};
  // With a residual, limits come behind it.
  const sums_end plain = {p->end.bias, -INFINITY, INFINITY};
  float *room = p->scratch + worker * p->scratch_length;
  for (long block = begin; block < end; block++) {
    const long first = block * BLOCK, count = min_long(s.pixels - first, BLOCK);
    const float *from = activation_block(&x, NULL, NULL, first, count, in, s.in_fold,
                                         count % ROWS != 0, room);
    if (from == room) pad_block(room, count, in);
    float *to = p->y + first * out;
    fetch_plan ahead = {.regions = 0};
    const long next = min_long(s.pixels - first - count, block + 1 < end ? BLOCK : 0);
    add_region(&ahead, p->x + (first + count) * in, next * in);
    add_region(&ahead, to + count * out, next * out);
    multiply_block(from, count, in, out, p->weights, to, &ahead, p->residual ? &plain : &p->end,
                   rows, vectors);
    if (!p->residual) continue;
    const float *residual = p->residual + first * out, low = p->end.low, high = p->end.high;
    VECTORIZE for (long i = 0; i < count * out; i++) {
      to[i] = clamp(to[i] + residual[i], low, high);
    }
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
  infer_job job = {make_shape(pixels, in_channels, out_channels), x, weights, residual,
                   {biases, low, high}, y, scratch, round_up(input_room(in_channels), LANES)};
  ck_for(threads, job.shape.blocks, 1, infer, &job);
  free(biases);
}

// MARK: Backward

typedef struct {
  shape shape;
  const ck_activation *x;
  const ck_activation_gradient *dy;
  /// Channel vectors as rows of lanes.
  float *in_constants[CONSTANTS], *out_constants[CONSTANTS];
  const float *weights;
  float *dx, *scratch;
  int wants_weights;
  /// Two rows by input channel for each worker, or null.
  double *sums;
} gradient_job;

static long weight_sums(long in_channels, long out_channels) {
  return round_up(in_channels, ROWS) * round_up(out_channels, PANEL);
}

/// A worker's floats: a block of each activation, and products of weights' gradients, twice.
static long gradient_scratch(long in_channels, long out_channels) {
  return round_up(input_room(in_channels) + input_room(out_channels), LANES)
      + 2 * weight_sums(in_channels, out_channels);
}

long ck_pointwise_gradient_scratch(int threads, long in_channels, long out_channels) {
  return threads * gradient_scratch(in_channels, out_channels);
}

/// The gradient of the convolution's output for a block.
INLINE const float *gradient_block(const gradient_job *p, long first, long count, float *room) {
  const long channels = p->shape.out_channels;
  const float *from = p->dy->dy + first * channels;
  if (p->dy->a) {
    float *const *constants = p->out_constants;
    lanes_job job = {.function = p->dy->output.function,
                     .x = p->dy->output.x + first * channels, .dy = from, .y = room,
                     .constants = {constants[SCALE], constants[SHIFT], constants[A], constants[B],
                                   constants[C]}};
    FOR_ROWS(job, count, channels, p->shape.out_fold, differentiate_rows);
  } else if (channels % PANEL == 0 && count % ROWS == 0) {
    return from;
  } else {
    memcpy(room, from, (unsigned long)(count * channels) * sizeof(float));
  }
  pad_block(room, count, channels);
  return room;
}

/// The input of a block, and what the block adds to the sums of the normalisation before.
INLINE const float *input_block(const gradient_job *p, long first, long count, float *room,
                                double *sums, float *block_sums) {
  const shape s = p->shape;
  const long in = s.in_channels;
  float *const *constants = p->in_constants;
  if (!sums) {
    return activation_block(p->x, constants[SCALE], constants[SHIFT], first, count, in, s.in_fold,
                            in % ROWS != 0, room);
  }
  lanes_job job = {.function = p->x->function, .x = p->x->x + first * in, .dy = p->dx + first * in,
                   .y = p->wants_weights ? room : NULL, .sums = sums,
                   .constants = {constants[SCALE], constants[SHIFT], constants[CENTER]}};
#define CASE(kind)                                                       \
  case kind:                                                             \
    if (job.y) {                                                         \
      sum_rows(kind, 1, &job, rows, block_sums);                         \
    } else {                                                             \
      sum_rows(kind, 0, &job, rows, block_sums);                         \
    }                                                                    \
    break;
  const long whole = count / s.in_fold, done = whole * s.in_fold;
  job.lanes = s.in_fold * in;
  long rows = whole;
  switch (job.function.kind) { ACTIVATION_CASES(CASE) }
  if (done < count) {
    // By channel, into the first lanes of the same two rows.
    float rest[2 * in];
    double rest_sums[2 * in];
    memset(rest, 0, sizeof rest);
    memset(rest_sums, 0, sizeof rest_sums);
    advance(&job, done * in);
    job.lanes = in;
    job.sums = rest_sums;
    rows = count - done;
    block_sums = rest;
    switch (job.function.kind) { ACTIVATION_CASES(CASE) }
    for (long c = 0; c < in; c++) {
      sums[c] += rest_sums[c];
      sums[s.in_fold * in + c] += rest_sums[in + c];
    }
  }
#undef CASE
  return room;
}

/// Adds the products of a block to the sums of the weights' gradient, or starts these with them.
INLINE void add_products(const shape *s, const float *x, const float *dy, long count, int adds,
                         float *sums, fetch_plan *ahead, const int rows, const int vectors) {
  const long taken = round_up(s->in_channels, ROWS);
  for (long o = 0; o < s->out_channels; o += PANEL) {
    const long columns = min_long(s->out_channels - o, PANEL);
    for (long i = 0; i < taken; i += ROWS) {
      float *to = sums + o * taken + i * LANES;
      const fetch_ahead lines = take_lines(ahead, count, to);
      if (adds) {
        multiply_columns(x + i, 1, s->in_channels, dy + o, LANES, s->out_channels, to, LANES,
                         taken * LANES, count, 1, lines, NULL, rows, vectors, columns);
      } else {
        multiply_columns(x + i, 1, s->in_channels, dy + o, LANES, s->out_channels, to, LANES,
                         taken * LANES, count, 0, lines, NULL, rows, vectors, columns);
      }
    }
  }
}

INLINE void gradient_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const gradient_job *p = context;
  const shape s = p->shape;
  const long in = s.in_channels, out = s.out_channels, lanes = s.in_fold * in;
  const long sums_length = weight_sums(in, out);
  float *totals = p->scratch + worker * gradient_scratch(in, out), *products = totals + sums_length;
  float *in_room = products + sums_length, *out_room = in_room + input_room(in);
  double *sums = p->sums ? calloc((unsigned long)(2 * lanes), sizeof(double)) : NULL;
  float *block_sums = p->sums ? calloc((unsigned long)(2 * lanes), sizeof(float)) : NULL;
  if (p->wants_weights) memset(totals, 0, (unsigned long)sums_length * sizeof(float));
  for (long block = begin; block < end; block++) {
    const long first = block * BLOCK, count = min_long(s.pixels - first, BLOCK);
    const float *dy = gradient_block(p, first, count, out_room);
    fetch_plan ahead = {.regions = 0};
    const long next = min_long(s.pixels - first - count, block + 1 < end ? BLOCK : 0);
    add_region(&ahead, p->dy->dy + (first + count) * out, next * out);
    add_region(&ahead, p->dy->a ? p->dy->output.x + (first + count) * out : NULL, next * out);
    add_region(&ahead, p->x->x + (first + count) * in, next * in);
    add_region(&ahead, p->dx ? p->dx + (first + count) * in : NULL, next * in);
    if (p->dx) {
      multiply_block(dy, count, out, in, p->weights, p->dx + first * in, &ahead, NULL, rows, vectors);
    }
    if (!p->wants_weights && !sums) continue;
    const float *x = input_block(p, first, count, in_room, sums, block_sums);
    if (!p->wants_weights) continue;
    // Sums over few pixels are added up on their own, which keeps rounding small.
    const long turn = (block - begin) % FLUSH;
    add_products(&s, x, dy, count, turn > 0, products, &ahead, rows, vectors);
    if (turn < FLUSH - 1 && block + 1 < end) continue;
    VECTORIZE for (long i = 0; i < sums_length; i++) totals[i] += products[i];
  }
  if (!sums) return;
  double *by_channel = p->sums + worker * 2 * in;
  gather(sums, 1, lanes, in, by_channel, by_channel + in);
  free(sums);
  free(block_sums);
}

SHAPED_LOOP(gradient)

typedef struct {
  const gradient_job *gradient;
  int workers;
  float *dw;
} collect_job;

/// Adds up the workers' weight gradients, of some vectors of output channels.
LOOP(collect) {
  const collect_job *p = context;
  const shape *s = &p->gradient->shape;
  const long taken = round_up(s->in_channels, ROWS);
  const long worker_length = gradient_scratch(s->in_channels, s->out_channels);
  for (long block = begin; block < end; block++) {
    const float *from = p->gradient->scratch + block * LANES * taken;
    for (long l = 0; l < min_long(s->out_channels - block * LANES, LANES); l++) {
      float *to = p->dw + (block * LANES + l) * s->in_channels;
      for (long i = 0; i < s->in_channels; i++) {
        float sum = from[i * LANES + l];
        for (int w = 1; w < p->workers; w++) sum += from[w * worker_length + i * LANES + l];
        to[i] = sum;
      }
    }
  }
}

void ck_pointwise_gradient(int threads, long pixels, long in_channels, long out_channels,
                           const ck_activation *x, const ck_activation_gradient *dy,
                           const float *weights, float *dx, const float *center, float *sum,
                           float *product, float *dw, float *scratch) {
  const shape s = make_shape(pixels, in_channels, out_channels);
  gradient_job job = {.shape = s, .x = x, .dy = dy, .weights = weights, .dx = dx,
                      .scratch = scratch, .wants_weights = dw != NULL};
  const float *in_vectors[CONSTANTS] = {x->scale, x->shift, center};
  const float *out_vectors[CONSTANTS] = {dy->output.scale, dy->output.shift, dy->a, dy->b, dy->c};
  for (int i = 0; i < CONSTANTS; i++) {
    job.in_constants[i] = lanes_of(in_vectors[i], in_channels, s.in_fold);
    job.out_constants[i] = lanes_of(out_vectors[i], out_channels, s.out_fold);
  }
  if (sum) job.sums = calloc((unsigned long)(threads * 2 * in_channels), sizeof(double));
  int workers = ck_for(threads, s.blocks, 1, gradient, &job);
  for (long c = 0; sum && c < in_channels; c++) {
    double first = 0, second = 0;
    for (int worker = 0; worker < workers; worker++) {
      first += job.sums[worker * 2 * in_channels + c];
      second += job.sums[(worker * 2 + 1) * in_channels + c];
    }
    sum[c] = (float)first;
    product[c] = (float)second;
  }
  collect_job rest = {&job, workers, dw};
  if (dw) ck_for(threads, (out_channels + LANES - 1) / LANES, 1, collect, &rest);
  for (int i = 0; i < CONSTANTS; i++) {
    free(job.in_constants[i]);
    free(job.out_constants[i]);
  }
  free(job.sums);
}

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
