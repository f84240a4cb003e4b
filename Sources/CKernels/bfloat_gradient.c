#include "bfloat_rows.h"
#include "channel_moments.h"
#include "transpose.h"

// The gradients of a pointwise convolution of bfloat16 and of the normalisations around it.

/// Blocks whose sums of products are kept apart.
enum { FLUSH = 32 };

typedef struct {
  long pixels, in_channels, out_channels;
  const ck_activation *x;
  const ck_activation_gradient *dy;
  const bfloat_bits *weights;
  void *dx;
  int dx_bfloat, wants_weights;
  const float *center;
  char *scratch;
  /// Two rows by input channel for each worker, or null.
  double *sums;
} gradient_job;

/// What a worker works in.
typedef struct {
  /// Of the weights' gradient: over some blocks, and over all.
  float *products, *totals;
  pixel_room x, dy;
  bfloat_pair *tiles;
} gradient_rooms;

INLINE long vector_row(long channels) { return bfloat_vectors(channels) * LANES; }

static long product_count(long in_channels, long out_channels) {
  return vector_row(in_channels) * vector_row(out_channels);
}

/// The side with fewer channels, which has to be turned around for products of tiles.
static int input_is_left(long in_channels, long out_channels) {
  return in_channels <= out_channels;
}

static long rooms_bytes(long in_channels, long out_channels) {
  const long pairs = BFLOAT_BLOCK / 2 * (vector_row(in_channels) + vector_row(out_channels)
                                  + vector_row(min_long(in_channels, out_channels)));
  const long bits = BFLOAT_BLOCK * bfloat_steps(out_channels) * STEP;
  return 2 * product_count(in_channels, out_channels) * (long)sizeof(float)
      + pairs * (long)sizeof(bfloat_pair) + bits * (long)sizeof(bfloat_bits);
}

long ck_bfloat_gradient_scratch_bytes(int threads, long in_channels, long out_channels) {
  return threads * rooms_bytes(in_channels, out_channels);
}

/// Without rooms that nobody wants.
INLINE gradient_rooms rooms_of(const gradient_job *p, int worker) {
  const long in = p->in_channels, out = p->out_channels, count = product_count(in, out);
  gradient_rooms rooms = {0};
  rooms.totals = (float *)(p->scratch + worker * rooms_bytes(in, out));
  rooms.products = rooms.totals + count;
  bfloat_pair *pairs = (bfloat_pair *)(rooms.products + count);
  rooms.x.pairs = (pixel_pairs){pairs, vector_row(in)};
  pairs += BFLOAT_BLOCK / 2 * vector_row(in);
  rooms.dy.pairs = (pixel_pairs){pairs, vector_row(out)};
  pairs += BFLOAT_BLOCK / 2 * vector_row(out);
  rooms.tiles = pairs;
  pairs += BFLOAT_BLOCK / 2 * vector_row(min_long(in, out));
  rooms.dy.row = bfloat_steps(out) * STEP;
  if (p->dx) rooms.dy.bits = (bfloat_bits *)pairs;
  if (!p->wants_weights) rooms.x.pairs.at = rooms.dy.pairs.at = NULL;
  return rooms;
}

// MARK: The output's gradient

INLINE void put_gradient_pixels(const int kind, const ck_activation_gradient *dy, long first,
                                       long pixel, long there, long channels,
                                       const pixel_room *room) {
  const ck_activation *output = &dy->output;
  const ck_function f = output->function;
  for (long c = 0; c < room_channels(room); c += LANES) {
    const long count = channels - c;
    const lanes scale = read_some(0, output->scale, c, count);
    const lanes shift = read_some(0, output->shift, c, count);
    const lanes slope = read_some(0, dy->a, c, count), tilt = read_some(0, dy->b, c, count);
    const lanes rest = read_some(0, dy->c, c, count);
    lanes values[PIXELS_AT_ONCE];
#pragma clang loop unroll(full)
    for (int p = 0; p < PIXELS_AT_ONCE; p++) {
      values[p] = (lanes){0};
      if (p >= there || count <= 0) continue;
      const long at = (first + pixel + p) * channels + c;
      const lanes value = read_some(output->bfloat, output->x, at, count);
      const lanes gradient = read_some(dy->bfloat, dy->dy, at, count);
      const lanes g = passed_lanes(kind, f, value * scale + shift, gradient);
      values[p] = slope * g + tilt * value + rest;
    }
    put_vectors(room, pixel, c, values);
  }
}

INLINE void put_gradient_of(const int kind, const ck_activation_gradient *dy, pixel_span at,
                                   long channels, const pixel_room *room) {
  long pixel = 0;
  for (; pixel + PIXELS_AT_ONCE <= at.count; pixel += PIXELS_AT_ONCE) {
    put_gradient_pixels(kind, dy, at.first, pixel, PIXELS_AT_ONCE, channels, room);
  }
  for (; pixel < BFLOAT_BLOCK; pixel += PIXELS_AT_ONCE) {
    put_gradient_pixels(kind, dy, at.first, pixel, at.count - pixel, channels, room);
  }
}

INLINE void put_gradient(const ck_activation_gradient *dy, pixel_span at, long channels,
                                const pixel_room *room) {
  if (!dy->a) {
    const ck_activation plain = {.x = dy->dy, .bfloat = dy->bfloat};
    put_activation(&plain, at, channels, room);
    return;
  }
  switch (dy->output.function.kind) {
#define CASE(kind) \
  case kind: put_gradient_of(kind, dy, at, channels, room); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: The input's gradient

INLINE void end_plain(const gradient_job *p, sums_part part, long first) {
  const long channels = p->in_channels, count = channels - part.channel;
  for (long r = 0; r < part.rows; r++) {
    write_some(p->dx_bfloat, p->dx, (first + part.pixel + r) * channels + part.channel, count,
               read_lanes(part.sums + r * PANEL));
  }
}

/// Writes them, adds to the sums of the normalisation before, and puts what it gives.
INLINE void end_normalized(const int kind, const gradient_job *p, sums_part part, long first,
                                  double *totals, const pixel_pairs *pairs) {
  const ck_activation *x = p->x;
  const ck_function f = x->function;
  const long channels = p->in_channels, c = part.channel, count = channels - c;
  const lanes scale = read_some(0, x->scale, c, count), shift = read_some(0, x->shift, c, count);
  const lanes center = read_some(0, p->center, c, count);
  lanes sum = {0}, product = {0};
  for (long r = 0; r < SOME_ROWS; r += 2) {
    lanes values[2] = {{0}, {0}};
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
      if (r + i >= part.rows) continue;
      const long at = (first + part.pixel + r + i) * channels + c;
      const lanes gradient = as_kept(p->dx_bfloat, read_lanes(part.sums + (r + i) * PANEL));
      write_some(p->dx_bfloat, p->dx, at, count, gradient);
      const lanes value = read_some(x->bfloat, x->x, at, count);
      const lanes scaled = value * scale + shift;
      const lanes g = passed_lanes(kind, f, scaled, gradient);
      sum += g;
      product += g * (value - center);
      values[i] = evaluate_lanes(kind, f, scaled);
    }
    if (!pairs->at) continue;
    write_pairs(pairs->at + (part.pixel + r) / 2 * pairs->row + c, values[0], values[1]);
  }
  for (long l = 0; l < min_long(count, LANES); l++) {
    totals[c + l] += sum[l];
    totals[channels + c + l] += product[l];
  }
}

INLINE void end_part(const gradient_job *p, sums_part part, long first, double *totals,
                            const pixel_pairs *pairs) {
  if (!totals) {
    end_plain(p, part, first);
    return;
  }
  switch (p->x->function.kind) {
#define CASE(kind) \
  case kind: end_normalized(kind, p, part, first, totals, pairs); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

INLINE void input_gradient(const gradient_job *p, const gradient_rooms *rooms,
                                  pixel_span at, double *totals, fetch_plan *ahead, long lines) {
  const long vectors = bfloat_vectors(p->in_channels);
  const long length = bfloat_vector_length(p->out_channels);
  bfloat_factors factors = {.row = rooms->dy.row, .steps = bfloat_steps(p->out_channels)};
  for (long v = 0; v < vectors; v += 2) {
    factors.columns = p->weights + v * length;
    factors.vectors = (int)min_long(vectors - v, 2);
    // Of a block that is not whole, too: pairs of pixels that are not there become zeros.
    for (long r = 0; r < BFLOAT_BLOCK; r += SOME_ROWS) {
      _Alignas(64) float sums[SOME_ROWS * PANEL];
      factors.rows = rooms->dy.bits + r * factors.row;
      ck_bfloat_sums(&factors, sums, ahead, lines);
      for (int i = 0; i < factors.vectors; i++) {
        const long there = max_long(min_long(at.count - r, SOME_ROWS), 0);
        const sums_part part = {sums + i * LANES, there, r, (v + i) * LANES};
        end_part(p, part, at.first, totals, &rooms->x.pairs);
      }
    }
  }
}

// MARK: All together

INLINE fetch_plan plan_of(const gradient_job *p, pixel_span at) {
  const ck_activation *output = &p->dy->output;
  fetch_plan ahead = {.regions = 0};
  add_region(&ahead, p->dy->bfloat, p->dy->dy, at, p->out_channels);
  if (p->dy->a) add_region(&ahead, output->bfloat, output->x, at, p->out_channels);
  add_region(&ahead, p->x->bfloat, p->x->x, at, p->in_channels);
  add_region(&ahead, p->dx_bfloat, p->dx, at, p->in_channels);
  return ahead;
}

BFLOAT_LOOP(gradient) {
  const gradient_job *p = context;
  const long in = p->in_channels, out = p->out_channels, count = product_count(in, out);
  const gradient_rooms rooms = rooms_of(p, worker);
  double *totals = p->sums ? p->sums + worker * 2 * in : NULL;
  if (p->wants_weights) memset(rooms.totals, 0, (unsigned long)count * sizeof(float));
  ck_begin_bfloat_products();
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(p->pixels, BFLOAT_BLOCK, block, end);
    fetch_plan ahead = plan_of(p, at);
    // Half of them during each product.
    const long half = lines_left(&ahead) / (p->dx && p->wants_weights ? 2 : 1);
    put_gradient(p->dy, at, out, &rooms.dy);
    if (p->dx) {
      const long parts = (bfloat_vectors(in) + 1) / 2 * (BFLOAT_BLOCK / SOME_ROWS);
      input_gradient(p, &rooms, at, totals, &ahead, (half + parts - 1) / parts);
    }
    if (!p->wants_weights) continue;
    if (!totals) put_activation(p->x, at, in, &rooms.x);
    // Sums over few pixels are added up on their own, which keeps rounding small.
    const long turn = (block - begin) % FLUSH;
    const int is_left = input_is_left(in, out);
    ck_bfloat_add_products(is_left ? rooms.x.pairs : rooms.dy.pairs,
                           is_left ? rooms.dy.pairs : rooms.x.pairs, turn > 0, rooms.tiles,
                           rooms.products, &ahead, lines_left(&ahead));
    if (turn < FLUSH - 1 && block + 1 < end) continue;
    VECTORIZE for (long i = 0; i < count; i++) rooms.totals[i] += rooms.products[i];
  }
  ck_end_bfloat_products();
}

typedef struct {
  const gradient_job *gradient;
  int workers;
  float *dw;
} collect_job;

/// Adds up the workers' weight gradients, of some vectors of output channels.
BFLOAT_LOOP(collect) {
  const collect_job *p = context;
  const long in = p->gradient->in_channels, out = p->gradient->out_channels;
  const long worker_step = rooms_bytes(in, out) / (long)sizeof(float);
  const float *sums = (const float *)p->gradient->scratch;
  const int is_left = input_is_left(in, out);
  const long columns = bfloat_vectors(is_left ? out : in);
  for (long o = begin; o < end; o++) {
    for (long i = 0; i < bfloat_vectors(in); i++) {
      const float *from = sums + (is_left ? i * columns + o : o * columns + i) * TILE;
      float tile[TILE];
      memcpy(tile, from, sizeof tile);
      for (int w = 1; w < p->workers; w++) {
        VECTORIZE for (long j = 0; j < TILE; j++) tile[j] += from[w * worker_step + j];
      }
      if (is_left) transpose(tile, LANES, tile, LANES);
      for (long l = 0; l < min_long(out - o * LANES, LANES); l++) {
        write_some(0, p->dw, (o * LANES + l) * in + i * LANES, in - i * LANES,
                   read_lanes(tile + l * LANES));
      }
    }
  }
}

void ck_bfloat_gradient(int threads, long pixels, long in_channels, long out_channels,
                        const ck_activation *x, const ck_activation_gradient *dy,
                        const void *weights, void *dx, int dx_bfloat, const float *center,
                        float *sum, float *product, float *dw, void *scratch) {
  gradient_job job = {.pixels = pixels, .in_channels = in_channels, .out_channels = out_channels,
                      .x = x, .dy = dy, .weights = weights, .dx = dx, .dx_bfloat = dx_bfloat,
                      .wants_weights = dw != NULL, .center = center, .scratch = scratch};
  if (sum) job.sums = calloc((unsigned long)(threads * 2 * in_channels), sizeof(double));
  const int workers = ck_for(threads, pixel_blocks(pixels, BFLOAT_BLOCK), 1, gradient, &job);
  if (sum) join_sums(job.sums, workers, in_channels, sum, product);
  free(job.sums);
  collect_job rest = {&job, workers, dw};
  if (!dw) return;
  ck_for(threads, bfloat_vectors(out_channels), grain_of(LANES * in_channels), collect, &rest);
}

END_BFLOAT_FUNCTIONS
