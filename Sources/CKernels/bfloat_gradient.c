#include "bfloat_windows.h"
#include "channel_moments.h"
#include "transpose.h"

// The gradients of a pointwise convolution of bfloat16 and of the normalisations around it.

/// Blocks whose sums of products are kept apart, and whose pixels are multiplied together at most.
enum { FLUSH = 32, TOGETHER = 4 };

typedef struct {
  /// Where `windows` are given, terms of these are the input's channels.
  long pixels, in_channels, out_channels;
  const ck_activation *x;
  const ck_depthwise *windows;
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
  /// A block's windows.
  bfloat_bits *windows;
} gradient_rooms;

static long product_count(long in_channels, long out_channels) {
  return bfloat_vectors(in_channels) * bfloat_vectors(out_channels) * TILE;
}

/// The side with fewer channels, which has to be turned around for products of tiles.
static int input_is_left(long in_channels, long out_channels) {
  return in_channels <= out_channels;
}

/// Sums that are larger than a near cache are read and written for more pixels at a time.
static long blocks_together(long in_channels, long out_channels) {
  const long bytes = product_count(in_channels, out_channels) * (long)sizeof(float);
  return bytes <= 1 << 17 ? 1 : bytes <= 1 << 19 ? 2 : TOGETHER;
}

/// Pairs from one vector of channels to the next: a line more, so that they differ in their place in
/// the first cache.
static long pair_step(long blocks) { return blocks * BFLOAT_BLOCK / 2 * LANES + LINE / 4; }

static long rooms_bytes(const gradient_job *p) {
  const long in_channels = p->in_channels, out_channels = p->out_channels;
  const long vectors = bfloat_vectors(in_channels) + bfloat_vectors(out_channels)
      + bfloat_vectors(min_long(in_channels, out_channels));
  const long pairs = vectors * pair_step(blocks_together(in_channels, out_channels));
  const long bits
      = bfloat_rows_length(out_channels) + (p->windows ? bfloat_rows_length(in_channels) : 0);
  return 2 * product_count(in_channels, out_channels) * (long)sizeof(float)
      + pairs * (long)sizeof(bfloat_pair) + bits * (long)sizeof(bfloat_bits);
}

long ck_bfloat_gradient_scratch_bytes(int threads, long in_channels, long out_channels) {
  const gradient_job job = {.in_channels = in_channels, .out_channels = out_channels};
  return threads * rooms_bytes(&job);
}

/// Without rooms that nobody wants.
INLINE gradient_rooms rooms_of(const gradient_job *p, int worker) {
  const long in = p->in_channels, out = p->out_channels, count = product_count(in, out);
  const long step = pair_step(blocks_together(in, out));
  gradient_rooms rooms = {0};
  rooms.totals = (float *)(p->scratch + worker * rooms_bytes(p));
  rooms.products = rooms.totals + count;
  bfloat_pair *pairs = (bfloat_pair *)(rooms.products + count);
  rooms.x.pairs = (pixel_pairs){pairs, bfloat_vectors(in), step};
  pairs += bfloat_vectors(in) * step;
  rooms.dy.pairs = (pixel_pairs){pairs, bfloat_vectors(out), step};
  pairs += bfloat_vectors(out) * step;
  rooms.tiles = pairs;
  pairs += bfloat_vectors(min_long(in, out)) * step;
  rooms.dy.row = bfloat_steps(out) * STEP;
  if (p->dx) rooms.dy.bits = (bfloat_bits *)pairs;
  if (p->windows) rooms.windows = (bfloat_bits *)pairs + bfloat_rows_length(out);
  if (!p->wants_weights) rooms.x.pairs.at = rooms.dy.pairs.at = NULL;
  return rooms;
}

// MARK: The output's gradient

/// Whether a function takes so little time that it matters what else is asked for each vector.
INLINE int is_simple(int kind) {
  return kind == CK_IDENTITY || kind == CK_RELU || kind == CK_RELU6;
}

INLINE void put_some_gradient(const int kind, const int output_bfloat, const int bfloat,
                              ck_activation_gradient dy, long first, some_vectors at,
                              long channels, pixel_room room) {
  const ck_activation output = dy.output;
  lanes values[PIXELS_AT_ONCE][2];
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    const long c = at.channel + v * LANES, count = at.count - v * LANES;
    const lanes scale = read_some(0, output.scale, c, count);
    const lanes shift = read_some(0, output.shift, c, count);
    const lanes slope = read_some(0, dy.a, c, count), tilt = read_some(0, dy.b, c, count);
    const lanes rest = read_some(0, dy.c, c, count);
#pragma clang loop unroll(full)
    for (int p = 0; p < PIXELS_AT_ONCE; p++) {
      values[p][v] = (lanes){0};
      if (p >= at.there || count <= 0) continue;
      const long element = (first + at.pixel + p) * channels + c;
      if (v == 0 || !output_bfloat) fetch_later(output_bfloat, output.x, element);
      if (v == 0 || !bfloat) fetch_later(bfloat, dy.dy, element);
      const lanes value = read_some(output_bfloat, output.x, element, count);
      const lanes gradient = read_some(bfloat, dy.dy, element, count);
      const lanes g = passed_lanes(kind, output.function, value * scale + shift, gradient);
      values[p][v] = slope * g + (tilt * value + rest);
    }
  }
  put_vectors(room, at, values);
}

INLINE void put_gradient_of(const int kind, ck_activation_gradient dy, pixel_span at,
                            long channels, pixel_room room) {
#define PUT_BFLOAT(some) put_some_gradient(kind, 1, 1, dy, at.first, some, channels, room)
#define PUT_FLOAT(some) put_some_gradient(kind, 1, 0, dy, at.first, some, channels, room)
#define PUT_EITHER(some) \
  put_some_gradient(kind, dy.output.bfloat, dy.bfloat, dy, at.first, some, channels, room)
  if (!is_simple(kind) || !dy.output.bfloat) {
    FOR_SOME_VECTORS(at, channels, PUT_EITHER);
  } else if (dy.bfloat) {
    FOR_SOME_VECTORS(at, channels, PUT_BFLOAT);
  } else {
    FOR_SOME_VECTORS(at, channels, PUT_FLOAT);
  }
#undef PUT_BFLOAT
#undef PUT_FLOAT
#undef PUT_EITHER
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
  case kind: put_gradient_of(kind, *dy, at, channels, *room); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: The input's gradient

/// Sums by channel that the normalisation before needs, of two vectors of channels.
typedef struct {
  lanes sum[2], product[2];
} channel_sums;

INLINE void end_plain(const int bfloat, const gradient_job *p, sums_part part, long first) {
  const long channels = p->in_channels, count = channels - part.channel;
  void *dx = element_at(bfloat, p->dx, (first + part.pixel) * channels + part.channel);
  for (long r = 0; r < part.rows; r++) {
    fetch_later(bfloat, dx, r * channels);
    if (!bfloat) fetch_later(0, dx, r * channels + LANES);
    write_two(bfloat, dx, r * channels, count, sums_of(part, r, 0), sums_of(part, r, 1));
  }
}

/// Writes `count` channels of `rows` pixels, adds to the sums of the normalisation before, and puts
/// what it gives.
INLINE void end_normalized(const int kind, const int bfloat, const int dx_bfloat, ck_activation x,
                           void *dx, sums_part part, long first, long channels, long rows,
                           long count, pixel_pairs pairs, channel_sums *totals) {
  const long c = part.channel, start = (first + part.pixel) * channels + c;
  lanes scale[2], shift[2];
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    scale[v] = read_some(0, x.scale, c + v * LANES, count - v * LANES);
    shift[v] = read_some(0, x.shift, c + v * LANES, count - v * LANES);
  }
  bfloat_pair *to = pairs.at ? pairs.at + c / LANES * pairs.step + part.pixel / 2 * LANES : NULL;
  channel_sums sums = *totals;
  for (long r = 0; r < SOME_ROWS; r += 2) {
    bits_lanes narrow[2] = {{0}, {0}};
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
      if (r + i >= rows) continue;
      const long at = start + (r + i) * channels;
      lanes values[2], gradients[2];
#pragma clang loop unroll(full)
      for (int v = 0; v < 2; v++) {
        // Errors of single gradients that are rounded cancel out in their sums.
        gradients[v] = sums_of(part, r + i, v);
        if (v == 0 || !bfloat) fetch_later(bfloat, x.x, at + v * LANES);
        if (v == 0 || !dx_bfloat) fetch_later(dx_bfloat, dx, at + v * LANES);
        const lanes value = read_some(bfloat, x.x, at + v * LANES, count - v * LANES);
        const lanes scaled = value * scale[v] + shift[v];
        const lanes g = passed_lanes(kind, x.function, scaled, gradients[v]);
        sums.sum[v] += g;
        sums.product[v] += g * value;
        values[v] = evaluate_lanes(kind, x.function, scaled);
      }
      write_two(dx_bfloat, dx, at, count, gradients[0], gradients[1]);
      narrow[i] = narrowed_two(values[0], values[1]);
    }
    if (!to) continue;
    if (count > LANES) {
      write_mixed_pairs(to, to + pairs.step, narrow[0], narrow[1]);
    } else {
      write_pairs(to, narrow[0], narrow[1]);
    }
    to += LANES;
  }
  *totals = sums;
}

INLINE void end_normalized_of(const int kind, const gradient_job *p, sums_part part, long first,
                              pixel_pairs pairs, channel_sums *totals) {
  const ck_activation x = *p->x;
  const long channels = p->in_channels, count = channels - part.channel;
#define END(bfloat, dx_bfloat, rows, count)                                                      \
  end_normalized(kind, bfloat, dx_bfloat, x, p->dx, part, first, channels, rows, count, pairs, \
                 totals)
  if (!is_simple(kind) || !x.bfloat || !p->dx_bfloat || part.rows < SOME_ROWS) {
    END(x.bfloat, p->dx_bfloat, part.rows, count);
  } else if (count < PANEL) {
    END(1, 1, SOME_ROWS, count);
  } else {
    END(1, 1, SOME_ROWS, PANEL);
  }
#undef END
}

INLINE void end_part(const gradient_job *p, sums_part part, long first, pixel_pairs pairs,
                     channel_sums *totals) {
  if (!p->sums) {
    if (p->dx_bfloat) {
      end_plain(1, p, part, first);
    } else {
      end_plain(0, p, part, first);
    }
    return;
  }
  switch (p->x->function.kind) {
#define CASE(kind) \
  case kind: end_normalized_of(kind, p, part, first, pairs, totals); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

INLINE void input_gradient(const gradient_job *p, const pixel_room *dy, const pixel_room *x,
                           pixel_span at, double *totals) {
  const long channels = p->in_channels, length = bfloat_vector_length(p->out_channels);
  bfloat_factors factors = {.row = dy->row, .steps = bfloat_steps(p->out_channels)};
  _Alignas(64) float sums[SOME_ROWS * PANEL] = {0};
  for (long c = 0; c < channels; c += PANEL) {
    factors.columns = p->weights + c / LANES * length;
    factors.vectors = channels - c > LANES ? 2 : 1;
    channel_sums of_block = {0};
    for (long r = 0; r < at.count; r += SOME_ROWS) {
      factors.rows = dy->bits + r * factors.row;
      ck_bfloat_sums(&factors, sums, NULL, 0);
      const sums_part part = {sums, min_long(at.count - r, SOME_ROWS), r, c};
      end_part(p, part, at.first, x->pairs, &of_block);
    }
    for (long v = c; totals && v < min_long(channels, c + PANEL); v += LANES) {
      const lanes sum = of_block.sum[(v - c) / LANES], product = of_block.product[(v - c) / LANES];
      const lanes center = read_some(0, p->center, v, channels - v);
      add_lanes(totals + v, channels - v, sum);
      add_lanes(totals + channels + v, channels - v, product - center * sum);
    }
  }
}

// MARK: All together

/// Puts pairs of a block's windows. Terms that are not there are zeros in `bits`, [BFLOAT_BLOCK][terms of
/// whole steps]; of pixels that are not there, the gradients are.
INLINE void put_window_pairs(const gradient_job *p, pixel_span at, bfloat_bits *bits,
                             pixel_pairs pairs) {
  const long terms = p->in_channels, row = bfloat_steps(terms) * STEP;
  put_windows(p->windows, kept(p->x->x, p->x->bfloat), at, bits, row);
  for (long c = 0; c < terms; c += PANEL) {
    bfloat_pair *to = pairs.at + c / LANES * pairs.step;
    for (long pixel = 0; pixel < at.count; pixel += 2, to += LANES) {
      bits_lanes both[2];
      memcpy(both, bits + pixel * row + c, sizeof both[0]);
      memcpy(both + 1, bits + (pixel + 1) * row + c, sizeof both[1]);
      if (terms - c > LANES) {
        write_mixed_pairs(to, to + pairs.step, both[0], both[1]);
      } else {
        write_pairs(to, both[0], both[1]);
      }
    }
  }
}

/// A block's part of rooms for several.
INLINE pixel_room block_room(pixel_room room, long block) {
  if (room.pairs.at) room.pairs.at += block * BFLOAT_BLOCK / 2 * LANES;
  return room;
}

BFLOAT_LOOP(gradient) {
  const gradient_job *p = context;
  const long in = p->in_channels, out = p->out_channels, count = product_count(in, out);
  const gradient_rooms rooms = rooms_of(p, worker);
  const pixel_pairs x_pairs = rooms.x.pairs, dy_pairs = rooms.dy.pairs;
  const int is_left = input_is_left(in, out);
  const long together = blocks_together(in, out);
  double *totals = p->sums ? p->sums + worker * 2 * in : NULL;
  // Sums over few pixels are added up on their own, which keeps rounding small.
  const int has_parts = end - begin > FLUSH;
  float *products = has_parts ? rooms.products : rooms.totals;
  if (has_parts && p->wants_weights) memset(rooms.totals, 0, (unsigned long)count * sizeof(float));
  if (p->windows) {
    memset(rooms.windows, 0, (unsigned long)bfloat_rows_length(in) * sizeof(bfloat_bits));
    const long pairs = bfloat_vectors(in) * x_pairs.step;
    memset(x_pairs.at, 0, (unsigned long)pairs * sizeof(bfloat_pair));
  }
  ck_begin_bfloat_products();
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(p->pixels, BFLOAT_BLOCK, block, end);
    const long place = (block - begin) % together;
    const int is_last = place + 1 == together || block + 1 == end;
    const pixel_room dy = block_room(rooms.dy, place), x = block_room(rooms.x, place);
    put_gradient(p->dy, at, out, &dy);
    if (p->dx) input_gradient(p, &dy, &x, at, totals);
    if (!p->wants_weights) continue;
    if (p->windows) {
      put_window_pairs(p, at, rooms.windows, x.pairs);
    } else if (!totals) {
      put_activation(p->x, at, in, &x);
    }
    if (!is_last) continue;
    const long turn = (block - begin) % FLUSH;
    const long steps = (place * BFLOAT_BLOCK + at.count + STEP - 1) / STEP;
    ck_bfloat_add_products(is_left ? x_pairs : dy_pairs, is_left ? dy_pairs : x_pairs, steps,
                           turn >= together, rooms.tiles, products);
    if (!has_parts || (turn < FLUSH - 1 && block + 1 < end)) continue;
    VECTORIZE for (long i = 0; i < count; i++) rooms.totals[i] += products[i];
  }
  ck_end_bfloat_products();
}

typedef struct {
  const gradient_job *gradient;
  int workers;
  float *dw;
} collect_job;

/// Where a vector of sums is, in the order that pairs were put in; the second one of two whose lanes are
/// mixed is `other` if that is not negative.
typedef struct {
  long vector, other;
} pair_vectors;

INLINE pair_vectors vectors_of(long vector, long channels) {
  const long first = vector / 2 * 2;
  const pair_vectors at = {first, channels - first * LANES > LANES ? first + 1 : -1};
  return at;
}

/// One row of the sums of left channel `a`, for a vector of right ones.
INLINE lanes row_of(const float *sums, long a, long left, long vector, long right) {
  const pair_vectors rows = vectors_of(a / LANES, left), columns = vectors_of(vector, right);
  // Runs of four lanes change between two vectors.
  const long place = a % PANEL, run = place / 4;
  const long row_vector = rows.other < 0 ? rows.vector : run % 2 ? rows.other : rows.vector;
  const long row = rows.other < 0 ? place : run / 2 * 4 + place % 4;
  const float *tiles = sums + row_vector * bfloat_vectors(right) * TILE + row * LANES;
  const lanes even = read_lanes(tiles + columns.vector * TILE);
  if (columns.other < 0) return even;
  return in_order(even, read_lanes(tiles + columns.other * TILE), vector % 2);
}

/// Adds up the workers' weight gradients, of some vectors of output channels.
BFLOAT_LOOP(collect) {
  const collect_job *p = context;
  const long in = p->gradient->in_channels, out = p->gradient->out_channels;
  const long worker_step = rooms_bytes(p->gradient) / (long)sizeof(float);
  const float *sums = (const float *)p->gradient->scratch;
  const int is_left = input_is_left(in, out);
  const long left = is_left ? in : out, right = is_left ? out : in;
  for (long o = begin; o < end; o++) {
    for (long i = 0; i < bfloat_vectors(in); i++) {
      _Alignas(64) float tile[TILE];
      const long first = (is_left ? i : o) * LANES, vector = is_left ? o : i;
      for (long l = 0; l < LANES; l++) {
        lanes sum = {0};
        for (int w = 0; w < p->workers && first + l < left; w++) {
          sum += row_of(sums + w * worker_step, first + l, left, vector, right);
        }
        write_lanes(tile + l * LANES, sum);
      }
      if (is_left) transpose(tile, LANES, tile, LANES);
      for (long l = 0; l < min_long(out - o * LANES, LANES); l++) {
        write_some(0, p->dw, (o * LANES + l) * in + i * LANES, in - i * LANES,
                   read_lanes(tile + l * LANES));
      }
    }
  }
}

static void differentiate(int threads, gradient_job job, float *sum, float *product, float *dw) {
  job.wants_weights = dw != NULL;
  if (sum) job.sums = calloc((unsigned long)(threads * 2 * job.in_channels), sizeof(double));
  const int workers = ck_for(threads, pixel_blocks(job.pixels, BFLOAT_BLOCK), 1, gradient, &job);
  if (sum) join_sums(job.sums, workers, job.in_channels, sum, product);
  free(job.sums);
  if (!dw) return;
  const collect_job rest = {&job, workers, dw};
  ck_for(threads, bfloat_vectors(job.out_channels), grain_of(LANES * job.in_channels), collect, &rest);
}

void ck_bfloat_gradient(int threads, long pixels, long in_channels, long out_channels,
                        const ck_activation *x, const ck_activation_gradient *dy,
                        const void *weights, void *dx, int dx_bfloat, const float *center,
                        float *sum, float *product, float *dw, void *scratch) {
  const gradient_job job = {.pixels = pixels, .in_channels = in_channels,
                            .out_channels = out_channels, .x = x, .dy = dy, .weights = weights,
                            .dx = dx, .dx_bfloat = dx_bfloat, .center = center,
                            .scratch = scratch};
  differentiate(threads, job, sum, product, dw);
}

// MARK: Windows

static gradient_job window_job(const ck_depthwise *windows, long out_channels) {
  return (gradient_job){.pixels = windows->images * windows->out_height * windows->out_width,
                        .in_channels = window_terms(windows), .out_channels = out_channels,
                        .windows = windows};
}

long ck_bfloat_window_gradient_scratch_bytes(int threads, const ck_depthwise *windows,
                                             long out_channels) {
  const gradient_job job = window_job(windows, out_channels);
  return threads * rooms_bytes(&job);
}

void ck_bfloat_window_gradient(int threads, const ck_depthwise *windows, long out_channels,
                               const void *x, int x_bfloat, const ck_activation_gradient *dy,
                               float *dw, void *scratch) {
  const ck_activation input = {.x = x, .bfloat = x_bfloat};
  gradient_job job = window_job(windows, out_channels);
  job.x = &input;
  job.dy = dy;
  job.scratch = scratch;
  differentiate(threads, job, NULL, NULL, dw);
}

END_BFLOAT_FUNCTIONS
