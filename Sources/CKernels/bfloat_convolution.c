#include "bfloat_windows.h"
#include "channel_moments.h"
#include "transpose.h"

// Pointwise convolutions of bfloat16 between normalisations, as `pointwise_convolution.c` has them
// in float32.

// MARK: Packing

typedef struct {
  long given, taken;
  int transposed, overlapping;
  const float *plain, *scale;
  bfloat_bits *packed;
} pack_job;

/// A step's weights of one vector, from rows of terms for each channel.
INLINE void pack_channels(const pack_job *p, long vector, long step, bfloat_bits *to) {
  bfloat_pair rows[TILE];
  const long whole = vector * LANES;
  const long first = p->overlapping ? min_long(whole, p->given - LANES) : whole;
  for (long l = 0; l < LANES; l++) {
    const long channel = first + l;
    bfloat_bits *row = (bfloat_bits *)(rows + l * LANES);
    const float scale = p->scale && channel < p->given ? p->scale[channel] : 1;
    for (long k = 0; k < STEP; k += LANES) {
      const long there = channel < p->given ? p->taken - step * STEP - k : 0;
      const long at = channel * p->taken + step * STEP + k;
      write_bits(row + k, scale * read_some(0, p->plain, at, there));
    }
  }
  transpose(rows, LANES, to, LANES);
}

/// The same from rows of channels for each term.
INLINE void pack_terms(const pack_job *p, long vector, long step, bfloat_bits *to) {
  const long there = p->given - vector * LANES;
  for (long k = 0; k < STEP; k += 2) {
    lanes values[2];
    for (long i = 0; i < 2; i++) {
      const long term = step * STEP + k + i;
      values[i] = read_some(0, p->plain, term * p->given + vector * LANES,
                            term < p->taken ? there : 0);
    }
    write_pairs((bfloat_pair *)to + k / 2 * LANES, narrowed_two(values[0], values[0]),
                narrowed_two(values[1], values[1]));
  }
}

BFLOAT_LOOP(pack) {
  const pack_job *p = context;
  const long steps = bfloat_steps(p->taken);
  for (long vector = begin; vector < end; vector++) {
    bfloat_bits *to = p->packed + vector * bfloat_vector_length(p->taken);
    for (long step = 0; step < steps; step++, to += STEP * LANES) {
      if (p->transposed) {
        pack_terms(p, vector, step, to);
      } else {
        pack_channels(p, vector, step, to);
      }
    }
  }
}

void ck_bfloat_pack(int threads, long out_channels, long in_channels, int transposed,
                    int overlapping, const float *plain, const float *scale, void *packed) {
  pack_job job = {out_channels, in_channels, 0, overlapping, plain, scale, packed};
  if (transposed) job = (pack_job){in_channels, out_channels, 1, 0, plain, NULL, packed};
  ck_for(threads, bfloat_vectors(job.given), grain_of(LANES * job.taken), pack, &job);
}

long ck_bfloat_weight_bytes(long given_channels, long taken_channels) {
  return bfloat_vectors(given_channels) * bfloat_vector_length(taken_channels) * 2;
}

// MARK: Forward

typedef struct {
  /// Where `windows` are given, terms of these are the input's channels.
  long pixels, in_channels, out_channels;
  const ck_activation *x;
  const ck_depthwise *windows;
  const bfloat_bits *weights;
  const float *bias;
  ck_bfloat_end end;
  void *y;
  char *scratch;
  worker_moments moments;
} convolve_job;

static long room_bytes(long in_channels) {
  return bfloat_rows_length(in_channels) * (long)sizeof(bfloat_bits);
}

long ck_bfloat_scratch_bytes(int threads, long in_channels) {
  return threads * room_bytes(in_channels);
}

/// The block's pixels for products: those of the activation itself, or else a copy.
INLINE bfloat_factors rows_of(const convolve_job *p, pixel_span at, bfloat_bits *room) {
  const long steps = bfloat_steps(p->in_channels);
  bfloat_factors factors = {.row = steps * STEP, .steps = steps};
  const int is_plain = !p->windows && p->x->bfloat && !p->x->scale;
  if (is_plain && at.count == BFLOAT_BLOCK && factors.row == p->in_channels) {
    factors.rows = element_at(1, p->x->x, at.first * p->in_channels);
    for (long i = 0; i < BFLOAT_BLOCK * factors.row; i += PANEL) fetch_later(1, factors.rows, i);
    return factors;
  }
  if (p->windows) {
    put_windows(p->windows, kept(p->x->x, p->x->bfloat), at, room, factors.row);
  } else {
    const pixel_room to = {.bits = room, .row = factors.row};
    put_activation(p->x, at, p->in_channels, &to);
  }
  factors.rows = room;
  return factors;
}

INLINE void read_bias(const convolve_job *p, long channel, lanes *bias) {
  for (int v = 0; v < 2; v++) {
    const long c = channel + v * LANES, count = p->out_channels - c;
    bias[v] = p->bias && count > 0 ? read_some(0, p->bias, c, count) : (lanes){0};
  }
}

/// Completes and writes them.
INLINE void end_sums(const int kind, const int bfloat, const int adds, const convolve_job *p,
                     sums_part part) {
  const ck_bfloat_end end = p->end;
  const long channels = p->out_channels, count = channels - part.channel;
  lanes bias[2];
  read_bias(p, part.channel, bias);
  const long first = part.pixel * channels + part.channel;
  void *y = p->y;
  for (long r = 0; r < part.rows; r++) {
    const long at = first + r * channels;
    lanes values[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < 2; v++) {
      lanes sum = sums_of(part, r, v) + bias[v];
      const long there = count - v * LANES;
      if (v == 0 || !bfloat) fetch_later(bfloat, y, at + v * LANES);
      if (adds && (v == 0 || !end.residual_bfloat)) {
        fetch_later(end.residual_bfloat, end.residual, at + v * LANES);
      }
      if (adds && there > 0) sum += read_some(end.residual_bfloat, end.residual, at + v * LANES, there);
      values[v] = evaluate_lanes(kind, end.function, sum);
    }
    write_two(bfloat, y, at, count, values[0], values[1]);
  }
}

INLINE void end_sums_of(const int kind, const convolve_job *p, sums_part part) {
  if (p->end.residual) {
    end_sums(kind, p->end.y_bfloat, 1, p, part);
  } else if (p->end.y_bfloat) {
    end_sums(kind, 1, 0, p, part);
  } else {
    end_sums(kind, 0, 0, p, part);
  }
}

/// Sums of distances from centers and of their squares, of two vectors of channels.
typedef struct {
  lanes sum[2], square[2];
} distance_sums;

/// Writes `count` channels of `rows` pixels and adds them to a block's sums.
INLINE void gather_sums(const int bfloat, void *y, sums_part part, long channels, long rows,
                        long count, const lanes *bias, const lanes *center,
                        distance_sums *totals) {
  distance_sums sums = *totals;
  const long first = part.pixel * channels + part.channel;
#pragma clang loop unroll_count(2)
  for (long r = 0; r < rows; r++) {
    lanes values[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < 2; v++) {
      if (v == 0 || !bfloat) fetch_later(bfloat, y, first + r * channels + v * LANES);
      values[v] = sums_of(part, r, v) + bias[v];
      // Errors of single values that are rounded cancel out in these sums.
      const lanes distance = values[v] - center[v];
      sums.sum[v] += distance;
      sums.square[v] += distance * distance;
    }
    write_two(bfloat, y, first + r * channels, count, values[0], values[1]);
  }
  *totals = sums;
}

/// The same with a worker's centers, which are the values of its first pixel.
INLINE void gather_part(const convolve_job *p, sums_part part, int worker, int is_first,
                        distance_sums *totals) {
  const long channels = p->out_channels, c = part.channel, count = channels - c;
  const int bfloat = p->end.y_bfloat;
  float *centers = p->moments.centers + worker * channels;
  lanes bias[2], center[2];
  read_bias(p, c, bias);
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    const long there = count - v * LANES;
    center[v] = (lanes){0};
    if (there <= 0) continue;
    if (is_first) write_some(0, centers, c + v * LANES, there, sums_of(part, 0, v) + bias[v]);
    center[v] = read_some(0, centers, c + v * LANES, there);
  }
  if (!bfloat || part.rows < SOME_ROWS) {
    gather_sums(bfloat, p->y, part, channels, part.rows, count, bias, center, totals);
  } else if (count < PANEL) {
    gather_sums(1, p->y, part, channels, SOME_ROWS, count, bias, center, totals);
  } else {
    gather_sums(1, p->y, part, channels, SOME_ROWS, PANEL, bias, center, totals);
  }
}

INLINE void end_part(const convolve_job *p, sums_part part, int worker, int is_first,
                     distance_sums *totals) {
  if (p->moments.sums) {
    gather_part(p, part, worker, is_first, totals);
    return;
  }
  switch (p->end.function.kind) {
#define CASE(kind) \
  case kind: end_sums_of(kind, p, part); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

BFLOAT_LOOP(convolve) {
  const convolve_job *p = context;
  const long out = p->out_channels;
  const long length = bfloat_vector_length(p->in_channels);
  bfloat_bits *room = (bfloat_bits *)(p->scratch + worker * room_bytes(p->in_channels));
  // Terms that are not there are zeros, and stay so.
  if (p->windows) memset(room, 0, (unsigned long)room_bytes(p->in_channels));
  _Alignas(64) float sums[SOME_ROWS * PANEL] = {0};
  ck_begin_bfloat_products();
  for (long block = begin; block < end; block++) {
    const pixel_span at = span_of(p->pixels, BFLOAT_BLOCK, block, end);
    bfloat_factors factors = rows_of(p, at, room);
    const bfloat_bits *rows = factors.rows;
    for (long c = 0; c < out; c += PANEL) {
      factors.columns = p->weights + c / LANES * length;
      factors.vectors = out - c > LANES ? 2 : 1;
      distance_sums of_block = {0};
      for (long r = 0; r < at.count; r += SOME_ROWS) {
        factors.rows = rows + r * factors.row;
        ck_bfloat_sums(&factors, sums, NULL, 0);
        const sums_part part = {sums, min_long(at.count - r, SOME_ROWS), at.first + r, c};
        end_part(p, part, worker, block == begin && r == 0, &of_block);
      }
      for (long v = c; p->moments.sums && v < min_long(out, c + PANEL); v += LANES) {
        double *totals = p->moments.sums + worker * 2 * out + v;
        add_lanes(totals, out - v, of_block.sum[(v - c) / LANES]);
        add_lanes(totals + out, out - v, of_block.square[(v - c) / LANES]);
      }
    }
  }
  ck_end_bfloat_products();
  if (p->moments.sums) {
    p->moments.counts[worker] = min_long(end * BFLOAT_BLOCK, p->pixels) - begin * BFLOAT_BLOCK;
  }
}

static void run(int threads, convolve_job job, float *mean, float *variance) {
  if (mean) job.moments = make_moments(threads, job.out_channels);
  const int workers = ck_for(threads, pixel_blocks(job.pixels, BFLOAT_BLOCK), 1, convolve, &job);
  if (mean) join_moments(job.moments, workers, job.out_channels, mean, variance);
}

void ck_bfloat_convolve(int threads, long pixels, long in_channels, long out_channels,
                        const ck_activation *x, const void *weights, const float *bias,
                        const ck_bfloat_end *end, void *y, float *mean, float *variance,
                        void *scratch) {
  if (pixels == 0) return;
  const convolve_job job = {.pixels = pixels, .in_channels = in_channels, .out_channels = out_channels,
                            .x = x, .weights = weights, .bias = bias, .end = *end, .y = y,
                            .scratch = scratch};
  run(threads, job, mean, variance);
}

// MARK: Windows

long ck_bfloat_window_scratch_bytes(int threads, const ck_depthwise *windows) {
  return ck_bfloat_scratch_bytes(threads, window_terms(windows));
}

void ck_bfloat_convolve_windows(int threads, const ck_depthwise *windows, long out_channels,
                                const void *x, int x_bfloat, const void *weights,
                                const float *bias, const ck_bfloat_end *end, void *y,
                                float *mean, float *variance, void *scratch) {
  const ck_activation input = {.x = x, .bfloat = x_bfloat};
  const convolve_job job = {.pixels = windows->images * windows->out_height * windows->out_width,
                            .in_channels = window_terms(windows), .out_channels = out_channels,
                            .x = &input, .windows = windows, .weights = weights, .bias = bias,
                            .end = *end, .y = y, .scratch = scratch};
  run(threads, job, mean, variance);
}

END_BFLOAT_FUNCTIONS
