#include "pointwise_convolution.h"

#include <stdlib.h>

#include "channel_moments.h"

// The gradients of a pointwise convolution and of the normalisations around it.

/// Blocks whose sums of products are kept apart.
enum { FLUSH = 64 };

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
  return round_up(block_room(in_channels) + block_room(out_channels), LANES)
      + 2 * weight_sums(in_channels, out_channels);
}

long ck_pointwise_gradient_scratch(int threads, long in_channels, long out_channels) {
  return threads * gradient_scratch(in_channels, out_channels);
}

INLINE void differentiate_rows(const lanes_job *job, long begin, long end) {
  switch (job->function.kind) {
#define CASE(kind) \
  case kind: gradient_rows(kind, 0, 0, 0, job, begin, end); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

/// Adds g and g * (x - center) of the rows to the job's sums by lane.
INLINE void sum_rows(const lanes_job *job, long rows, float *block) {
  switch (job->function.kind) {
#define CASE(kind)                                           \
  case kind:                                                 \
    if (job->y) {                                            \
      gradient_sum_rows(kind, 0, 0, 1, job, 0, rows, block); \
    } else {                                                 \
      gradient_sum_rows(kind, 0, 0, 0, job, 0, rows, block); \
    }                                                        \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
  drain(block, job->sums, 2 * job->lanes);
}

/// The gradient of the convolution's output for a block.
INLINE const float *gradient_block(const gradient_job *p, pixel_span at, float *room) {
  const long channels = p->shape.out_channels;
  const float *from = element_at(0, p->dy->dy, at.first * channels);
  if (p->dy->a) {
    float *const *constants = p->out_constants;
    lanes_job job = {.function = p->dy->output.function,
                     .x = element_at(0, p->dy->output.x, at.first * channels), .dy = from, .y = room,
                     .constants = {constants[SCALE], constants[SHIFT], constants[A], constants[B],
                                   constants[C]}};
    FOR_ROWS(job, at.count, channels, p->shape.out_fold, differentiate_rows);
  } else if (channels % PANEL == 0 && at.count % ROWS == 0) {
    return from;
  } else {
    memcpy(room, from, (unsigned long)(at.count * channels) * sizeof(float));
  }
  pad_block(room, at.count, channels);
  return room;
}

/// The input of a block, and what the block adds to the sums of the normalisation before.
INLINE const float *input_block(const gradient_job *p, pixel_span at, float *room, double *sums,
                                float *block_sums) {
  const long in = p->shape.in_channels, fold = p->shape.in_fold;
  float *const *constants = p->in_constants;
  if (!sums) {
    return activation_block(p->x, constants[SCALE], constants[SHIFT], at, in, fold, in % ROWS != 0,
                            room);
  }
  lanes_job job = {.function = p->x->function, .x = element_at(0, p->x->x, at.first * in),
                   .dy = p->dx + at.first * in, .y = p->wants_weights ? room : NULL, .sums = sums,
                   .constants = {constants[SCALE], constants[SHIFT], constants[CENTER]}};
  const long whole = at.count / fold, done = whole * fold;
  job.lanes = fold * in;
  sum_rows(&job, whole, block_sums);
  if (done == at.count) return room;
  // By channel, into the first lanes of the same two rows.
  float rest[2 * in];
  double rest_sums[2 * in];
  memset(rest, 0, sizeof rest);
  memset(rest_sums, 0, sizeof rest_sums);
  advance(&job, done * in);
  job.lanes = in;
  job.sums = rest_sums;
  sum_rows(&job, at.count - done, rest);
  for (long c = 0; c < in; c++) {
    sums[c] += rest_sums[c];
    sums[fold * in + c] += rest_sums[in + c];
  }
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
  float *in_room = products + sums_length, *out_room = in_room + block_room(in);
  double *sums = p->sums ? calloc((unsigned long)(2 * lanes), sizeof(double)) : NULL;
  float *block_sums = p->sums ? calloc((unsigned long)(2 * lanes), sizeof(float)) : NULL;
  if (p->wants_weights) memset(totals, 0, (unsigned long)sums_length * sizeof(float));
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(s.pixels, BLOCK, block, end);
    const float *dy = gradient_block(p, at, out_room);
    fetch_plan ahead = {.regions = 0};
    add_region(&ahead, 0, p->dy->dy, at, out);
    add_region(&ahead, 0, p->dy->a ? p->dy->output.x : NULL, at, out);
    add_region(&ahead, 0, p->x->x, at, in);
    add_region(&ahead, 0, p->dx, at, in);
    if (p->dx) {
      multiply_block(dy, at.count, out, in, p->weights, p->dx + at.first * in, &ahead, NULL, rows,
                     vectors);
    }
    if (!p->wants_weights && !sums) continue;
    const float *x = input_block(p, at, in_room, sums, block_sums);
    if (!p->wants_weights) continue;
    // Sums over few pixels are added up on their own, which keeps rounding small.
    const long turn = (block - begin) % FLUSH;
    add_products(&s, x, dy, at.count, turn > 0, products, &ahead, rows, vectors);
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
  if (sum) join_sums(job.sums, workers, in_channels, sum, product);
  collect_job rest = {&job, workers, dw};
  if (dw) ck_for(threads, (out_channels + LANES - 1) / LANES, 1, collect, &rest);
  for (int i = 0; i < CONSTANTS; i++) {
    free(job.in_constants[i]);
    free(job.out_constants[i]);
  }
  free(job.sums);
}
