#include <string.h>

#include "separable_passes.h"

// Inverted residual blocks at inference, in float32.

/// Pixels and vectors that are multiplied together at most, where registers suffice: three vectors of
/// half as many pixels, or one.
enum { MOST_ROWS = 2 * ROWS, MOST_VECTORS = 3 };

static const pass_size SIZE = {.pixels = 224, .vectors = MOST_VECTORS};

typedef struct {
  const ck_depthwise *geometry;
  long in_channels, out_channels;
  const float *x, *residual;
  ck_folded widen, filter, narrow;
  float *y, *scratch;
  pass_parts parts;
} separable_job;

static long worker_scratch(const ck_depthwise *g, long images) {
  const ring r = hidden_ring(g, SIZE, images);
  const long filtered = images * rows_together(g, SIZE) * g->out_width * g->channels;
  return ring_length(&r) + round_up(filtered + LANES, LANES);
}

long ck_separable_scratch(int threads, const ck_depthwise *g) {
  return threads * worker_scratch(g, images_together(threads, g, SIZE));
}

// MARK: Pointwise

/// Pixels one behind the other, and where the vectors of their results go.
typedef struct {
  const float *from;
  long taken;
  /// [vectors][taken] and [vectors]
  const lanes *weights, *bias;
  float low, high;
} dense;

INLINE dense dense_of(const ck_folded *f, const float *from, long taken) {
  dense d = {.from = from, .taken = taken, .weights = (const lanes *)f->weights,
             .bias = (const lanes *)f->bias, .low = f->low, .high = f->high};
  return d;
}

/// As `add_term`, for more sums.
INLINE void add_dense_term(const float *const *starts, long taken, long offset, const float *with,
                           long step, lanes (*sums)[MOST_VECTORS], const int count,
                           const int vectors) {
  lanes right[MOST_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) right[v] = read_lanes(with + v * step);
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
    const lanes left = (lanes)starts[p / ROW_GROUP][p % ROW_GROUP * taken + offset];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[p][v] += left * right[v];
  }
}

/// sums[pixel][vector] of `count` pixels and `vectors` vectors, from number `vector` on.
INLINE void dense_sums(const dense *d, const float *from, long vector, const int count,
                       const int vectors, lanes (*sums)[MOST_VECTORS]) {
  const long taken = d->taken, step = taken * LANES;
  const float *with = (const float *)(d->weights + vector * taken);
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[p][v] = d->bias[vector + v];
  }
  const float *starts[(MOST_ROWS + ROW_GROUP - 1) / ROW_GROUP];
#pragma clang loop unroll(full)
  for (int i = 0; i * ROW_GROUP < count; i++) starts[i] = from + i * ROW_GROUP * taken;
  long k = 0;
  for (; k + TERMS <= taken; k += TERMS) {
#pragma clang loop unroll(full)
    for (int term = 0; term < TERMS; term++) {
      add_dense_term(starts, taken, term, with + term * LANES, step, sums, count, vectors);
    }
    with += TERMS * LANES;
    advance_rows(starts, TERMS, count);
  }
  for (; k < taken; k++) {
    add_dense_term(starts, taken, 0, with, step, sums, count, vectors);
    with += LANES;
    advance_rows(starts, 1, count);
  }
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[p][v] = limited(sums[p][v], d->low, d->high);
  }
}

/// Calls SOME(pixel, count) for all pixels, up to `together` at once, or some sevens: the widths of
/// most networks are multiples of those.
#define FOR_GROUPS(pixels, together, SOME)                                                \
  do {                                                                                    \
    const int sevens = (together) / ROWS * TOGETHER;                                      \
    long pixel = 0;                                                                       \
    if (sevens > 0 && (pixels) % (together) != 0 && (pixels) % sevens == 0) {             \
      for (; pixel < (pixels); pixel += sevens) SOME(pixel, sevens);                      \
    }                                                                                     \
    for (; pixel + (together) <= (pixels); pixel += (together)) SOME(pixel, (together));  \
    if ((together) > ROWS) {                                                              \
      for (; pixel + ROWS <= (pixels); pixel += ROWS) SOME(pixel, ROWS);                  \
    }                                                                                     \
    if ((together) > 4) {                                                                 \
      for (; pixel + 4 <= (pixels); pixel += 4) SOME(pixel, 4);                           \
    }                                                                                     \
    for (; pixel < (pixels); pixel++) SOME(pixel, 1);                                     \
  } while (0)

/// Calls RUN(vector, count, pixels) for all vectors, `most` at a time, with the pixels for which
/// there are registers then.
#define FOR_VECTORS(vectors, rows, most, RUN)                                      \
  do {                                                                             \
    long vector = 0;                                                               \
    if (most == MOST_VECTORS) {                                                    \
      for (; (vectors) - vector >= 3 && (vectors) - vector != 4; vector += 3) {    \
        RUN(vector, 3, rows);                                                      \
      }                                                                            \
      for (; (vectors) - vector >= 2; vector += 2) RUN(vector, 2, rows);           \
      for (; vector < (vectors); vector++) RUN(vector, 1, 2 * rows);               \
    }                                                                              \
    for (; vector < (vectors); vector++) RUN(vector, 1, rows);                     \
  } while (0)

// MARK: Widening

INLINE void widen_pixels(const dense *d, const ring *r, long slot, long pixel, long vector,
                         const int count, const int vectors) {
  lanes sums[MOST_ROWS][MOST_VECTORS];
  dense_sums(d, d->from + pixel * d->taken, vector, count, vectors, sums);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    lanes *to = hidden_rows(r, vector + v) + slot * r->width + r->left + pixel;
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) to[p] = sums[p][v];
  }
}

/// Calls ROW(row, slot) with the input's new rows and where they go, one behind the other also where
/// images meet.
#define FOR_NEW_ROWS(x, at, g, r, channels, ROW)                                   \
  do {                                                                             \
    const float *from = (x)                                                        \
        + ((at)->image * (g)->height + (at)->packed) * (g)->width * (channels);    \
    long slot = (at)->packed % (r)->slots;                                         \
    for (long row = (at)->images * ((at)->needed - (at)->packed); row > 0; row--) { \
      ROW(from, slot);                                                             \
      from += (g)->width * (channels);                                             \
      if (++slot == (r)->slots) slot = 0;                                          \
    }                                                                              \
  } while (0)

INLINE void widen_rows(const separable_job *p, const ring *r, const pass *at, long vector,
                       const int vectors, const int together) {
  const ck_depthwise *g = p->geometry;
  dense d = dense_of(&p->widen, NULL, p->in_channels);
#define SOME(pixel, count) widen_pixels(&d, r, slot, pixel, vector, count, vectors)
#define ROW(row, slot)                    \
  d.from = row;                           \
  FOR_GROUPS(g->width, (together), SOME)
  FOR_NEW_ROWS(p->x, at, g, r, p->in_channels, ROW);
#undef ROW
#undef SOME
}

/// Puts a row's vectors of channels from number `start` on. Of fewer than LANES channels, those of the
/// next pixel follow, whose weights are zeros; at `end`, there is none.
INLINE void pack_row(lanes *to, const float *row, const float *end, const ck_depthwise *g,
                     long start) {
  const long channels = g->channels;
  const long whole = min_long(g->width, (end - row - start - LANES + channels) / channels);
  for (long c = 0; c < whole; c++) to[c] = read_lanes(row + c * channels + start);
  for (long c = max_long(0, whole); c < g->width; c++) {
    lanes last = {0};
    for (long l = 0; l < channels; l++) last[l] = row[c * channels + l];
    to[c] = last;
  }
}

/// Puts new rows where nothing is widened.
INLINE void pack_rows(const separable_job *p, const ring *r, const pass *at, long vector,
                      const int vectors) {
  const ck_depthwise *g = p->geometry;
  const float *end = p->x + g->images * g->height * g->width * g->channels;
#define ROW(row, slot)                                                                     \
  for (int v = 0; v < vectors; v++) {                                                      \
    lanes *to = hidden_rows(r, vector + v) + slot * r->width + r->left;                    \
    pack_row(to, row, end, g, block_start(vector + v, g->channels));                      \
  }
  FOR_NEW_ROWS(p->x, at, g, r, g->channels, ROW);
#undef ROW
}

// MARK: Filtering

INLINE void filter_rows(const separable_job *p, const ring *r, float *filtered, const pass *at,
                        long block, const int together) {
  const ck_depthwise *g = p->geometry;
  windows_end limits = {.bias = ((const lanes *)p->filter.bias)[block],
                        .low = p->filter.low, .high = p->filter.high};
  float *to = filtered + block_start(block, g->channels);
  for (long image = 0; image < at->images; image++) {
    for (long row = at->first; row < at->end; row++, to += g->out_width * g->channels) {
      const covered_rows covered = find_covered(g, r, p->filter.weights, image, row, block);
      windows w = {.rows = covered.count, .to = kept(to, 0), .to_step = g->channels};
      memcpy(w.from, covered.from, sizeof w.from);
      memcpy(w.weights, covered.weights, sizeof w.weights);
      w.ahead = w.to;
#define SUM(taps, stride) sum_row(&w, &limits, g->out_width, LIMITED, taps, stride, together)
      FOR_WINDOWS(g, SUM)
#undef SUM
    }
  }
}

// MARK: Narrowing

/// Writes fewer than LANES channels; what lies behind them may be another thread's.
INLINE void write_few(float *to, const float *residual, lanes sum, long channels) {
  if (channels != HALF) {
    for (long c = 0; c < channels; c++) to[c] = sum[c] + (residual ? residual[c] : 0);
    return;
  }
  half_lanes half = __builtin_shufflevector(sum, sum, 0, 1, 2, 3, 4, 5, 6, 7);
  if (residual) half += *(const half_lanes *)residual;
  *(half_lanes *)to = half;
}

INLINE void narrow_pixels(const dense *d, const float *residual, float *to, long channels,
                          long pixel, long vector, const int count, const int vectors) {
  lanes sums[MOST_ROWS][MOST_VECTORS];
  dense_sums(d, d->from + pixel * d->taken, vector, count, vectors, sums);
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const long at = (pixel + p) * channels + block_start(vector + v, channels);
      if (channels < LANES) {
        write_few(to + at, residual ? residual + at : NULL, sums[p][v], channels);
        continue;
      }
      write_lanes(to + at, residual ? sums[p][v] + read_lanes(residual + at) : sums[p][v]);
    }
  }
}

INLINE void narrow(const dense *d, const float *residual, float *to, long channels, long pixels,
                   const int rows, const int most) {
#define RUN(vector, vectors, together) FOR_GROUPS(pixels, (together), SOME##vectors)
#define SOME1(pixel, count) narrow_pixels(d, residual, to, channels, pixel, vector, count, 1)
#define SOME2(pixel, count) narrow_pixels(d, residual, to, channels, pixel, vector, count, 2)
#define SOME3(pixel, count) narrow_pixels(d, residual, to, channels, pixel, vector, count, 3)
  FOR_VECTORS(block_count(channels), rows, most, RUN);
#undef SOME1
#undef SOME2
#undef SOME3
#undef RUN
}

// MARK: All together

INLINE void compute_pass(const separable_job *p, const ring *r, float *filtered, const pass *at,
                         const int rows, const int most) {
  const ck_depthwise *g = p->geometry;
  const int windows_together = rows == ROWS ? TOGETHER : rows;
#define RUN(vector, count, together)                                               \
  do {                                                                             \
    if (p->widen.weights) {                                                        \
      widen_rows(p, r, at, vector, count, together);                               \
    } else {                                                                       \
      pack_rows(p, r, at, vector, count);                                          \
    }                                                                              \
    for (int v = 0; v < count; v++) {                                              \
      filter_rows(p, r, filtered, at, vector + v, windows_together);               \
    }                                                                              \
  } while (0)
  FOR_VECTORS(block_count(g->channels), rows, most, RUN);
#undef RUN
  const long out = (at->image * g->out_height + at->first) * g->out_width * p->out_channels;
  const dense d = dense_of(&p->narrow, filtered, g->channels);
  narrow(&d, p->residual ? p->residual + out : NULL, p->y + out, p->out_channels,
         at->images * (at->end - at->first) * g->out_width, rows, most);
}

INLINE void separable_lines(const void *context, long begin, long end, int worker, const int rows,
                            const int vectors) {
  const separable_job *p = context;
  const ck_depthwise *g = p->geometry;
  const int most = vectors == 1 ? 1 : MOST_VECTORS;
  ring r = hidden_ring(g, SIZE, p->parts.images);
  float *filtered = place_ring(&r, p->scratch + worker * worker_scratch(g, p->parts.images));
  for (long item = begin; item < end; item++) {
    pass at = first_pass(g, SIZE, p->parts, item);
    for (; at.first < at.last; next_pass(&at, g, SIZE)) {
      compute_pass(p, &r, filtered, &at, rows, most);
    }
  }
}

SHAPED_LOOP(separable)

int ck_separable_fits(const ck_depthwise *g, int widens) {
  return has_windows(g) && (g->channels >= LANES || !widens);
}

void ck_separable(int threads, const ck_depthwise *g, long in_channels, long out_channels,
                  const float *x, ck_folded widen, ck_folded filter, ck_folded narrow,
                  const float *residual, float *y, float *scratch) {
  separable_job job = {.geometry = g, .in_channels = in_channels, .out_channels = out_channels,
                       .x = x, .residual = residual, .widen = widen, .filter = filter,
                       .narrow = narrow, .y = y, .scratch = scratch,
                       .parts = find_parts(threads, g, SIZE)};
  ck_for(threads, part_count(g, job.parts), 1, separable, &job);
}

// MARK: Packing

long ck_separable_weight_count(long given_channels, long taken_channels) {
  return block_count(given_channels) * (taken_channels + 1) * LANES;
}

void ck_separable_pack(long out_channels, long in_channels, const float *plain, const float *scale,
                       const float *shift, float *packed) {
  const long vectors = block_count(out_channels);
  float *bias = packed + vectors * in_channels * LANES;
  for (long vector = 0; vector < vectors; vector++) {
    const long start = block_start(vector, out_channels);
    for (long l = 0; l < LANES; l++) {
      const long channel = start + l, exists = channel < out_channels;
      const float factor = exists && scale ? scale[channel] : 1;
      bias[vector * LANES + l] = exists && shift ? shift[channel] : 0;
      for (long k = 0; k < in_channels; k++) {
        packed[(vector * in_channels + k) * LANES + l]
            = exists ? plain[channel * in_channels + k] * factor : 0;
      }
    }
  }
}
