#include <stdlib.h>
#include <string.h>

#include "depthwise_rows.h"

// A pointwise, a depthwise and a pointwise convolution at inference, as in an inverted residual
// block (Sandler et al., 2018): what lies between them is computed a row at a time and stays in a
// processor's own cache.

typedef struct {
  const ck_depthwise *geometry;
  long in_channels, out_channels;
  const float *x, *residual;
  ck_folded widen, filter, narrow;
  float *y, *scratch;
  long bands;
} separable_job;

/// Rows of filtered pixels that are narrowed together.
static long rows_together(const ck_depthwise *g) {
  enum { PIXELS = 56 };
  return min_long((PIXELS + g->out_width - 1) / g->out_width, g->out_height);
}

static long worker_scratch(const ck_depthwise *g) {
  const ring r = input_ring(g);
  return ring_length(&r) + round_up(rows_together(g) * g->out_width * g->channels, LANES);
}

long ck_separable_scratch(int threads, const ck_depthwise *g) {
  return threads * worker_scratch(g);
}

// MARK: Pointwise

/// The first channel of a vector of results, which shares some with the one before if it is the
/// last. Of fewer than LANES channels, the rest of a vector means nothing.
INLINE long vector_start(long vector, long channels) {
  return max_long(0, min_long(vector * LANES, channels - LANES));
}

/// Pixels one behind the other, and where the vectors of their results go.
typedef struct {
  const float *from;
  long taken;
  /// [vectors][taken] and [vectors]
  const lanes *weights, *bias;
  float low, high;
} dense;

/// sums[pixel][vector] of `count` pixels and `vectors` vectors, from number `vector` on.
INLINE void dense_sums(const dense *d, const float *from, long vector, const int count,
                       const int vectors, lanes (*sums)[2]) {
  const long taken = d->taken, step = taken * LANES;
  const float *with = (const float *)(d->weights + vector * taken);
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[p][v] = d->bias[vector + v];
  }
  const float *starts[ROW_GROUPS];
  for (int i = 0; i < ROW_GROUPS; i++) starts[i] = from + i * ROW_GROUP * taken;
  long k = 0;
  for (; k + TERMS <= taken; k += TERMS) {
#pragma clang loop unroll(full)
    for (int term = 0; term < TERMS; term++) {
      add_term(starts, taken, term, with + term * LANES, step, sums, count, vectors);
    }
    with += TERMS * LANES;
    advance_rows(starts, TERMS, count);
  }
  for (; k < taken; k++) {
    add_term(starts, taken, 0, with, step, sums, count, vectors);
    with += LANES;
    advance_rows(starts, 1, count);
  }
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[p][v] = limited(sums[p][v], d->low, d->high);
  }
}

/// Calls SOME(pixel, count) for all pixels, as many at once as there are registers for.
#define FOR_GROUPS(pixels, together, SOME)                                                \
  do {                                                                                    \
    long pixel = 0;                                                                       \
    if (together == ROWS && (pixels) % ROWS != 0 && (pixels) % TOGETHER == 0) {           \
      for (; pixel < (pixels); pixel += TOGETHER) SOME(pixel, TOGETHER);                  \
    }                                                                                     \
    for (; pixel + together <= (pixels); pixel += together) SOME(pixel, together);        \
    if (together > 4) {                                                                   \
      for (; pixel + 4 <= (pixels); pixel += 4) SOME(pixel, 4);                           \
    }                                                                                     \
    for (; pixel < (pixels); pixel++) SOME(pixel, 1);                                     \
  } while (0)

/// Widens some pixels of a row into its packed form.
INLINE void widen_pixels(const dense *d, const ring *r, lanes *to, long pixel, long vector,
                         const int count, const int vectors) {
  lanes sums[ROWS][2];
  dense_sums(d, d->from + pixel * d->taken, vector, count, vectors, sums);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) to[(vector + v) * r->width + pixel + p] = sums[p][v];
  }
}

INLINE void widen_row(const dense *d, const ring *r, long row, long pixels, const int together,
                      const int vectors) {
  lanes *to = ring_row(r, row, 0) + r->left;
  long vector = 0;
#define SOME(pixel, count) widen_pixels(d, r, to, pixel, vector, count, vectors)
  for (; vector + vectors <= r->blocks; vector += vectors) FOR_GROUPS(pixels, together, SOME);
#undef SOME
#define SOME(pixel, count) widen_pixels(d, r, to, pixel, vector, count, 1)
  for (; vector < r->blocks; vector++) FOR_GROUPS(pixels, together, SOME);
#undef SOME
}

INLINE void narrow_pixels(const dense *d, const float *residual, float *to, long channels,
                          long pixel, long vector, const int count, const int vectors) {
  lanes sums[ROWS][2];
  dense_sums(d, d->from + pixel * d->taken, vector, count, vectors, sums);
#pragma clang loop unroll(full)
  for (int p = 0; p < count; p++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const long at = (pixel + p) * channels + vector_start(vector + v, channels);
      if (channels < LANES) {
        for (long c = 0; c < channels; c++) {
          to[at + c] = sums[p][v][c] + (residual ? residual[at + c] : 0);
        }
        continue;
      }
      write_lanes(to + at, residual ? sums[p][v] + read_lanes(residual + at) : sums[p][v]);
    }
  }
}

INLINE void narrow(const dense *d, const float *residual, float *to, long channels, long pixels,
                   const int together, const int vectors) {
  long vector = 0;
#define SOME(pixel, count) \
  narrow_pixels(d, residual, to, channels, pixel, vector, count, vectors)
  for (; vector + vectors <= block_count(channels); vector += vectors) {
    FOR_GROUPS(pixels, together, SOME);
  }
#undef SOME
#define SOME(pixel, count) narrow_pixels(d, residual, to, channels, pixel, vector, count, 1)
  for (; vector < block_count(channels); vector++) FOR_GROUPS(pixels, together, SOME);
#undef SOME
}

// MARK: All together

INLINE dense dense_of(const ck_folded *f, long taken) {
  dense d = {.taken = taken, .weights = (const lanes *)f->weights, .bias = (const lanes *)f->bias,
             .low = f->low, .high = f->high};
  return d;
}

INLINE void separable_lines(const void *context, long begin, long end, int worker, const int rows,
                            const int vectors) {
  const separable_job *p = context;
  const ck_depthwise *g = p->geometry;
  const int together = rows == ROWS ? TOGETHER : rows;
  const long channels = g->channels, taps = g->kernel_height * g->kernel_width;
  const long in = p->in_channels, out = p->out_channels, line = g->width * in;
  ring r = input_ring(g);
  float *filtered = place_ring(&r, p->scratch + worker * worker_scratch(g));
  dense widen = dense_of(&p->widen, in), narrowing = dense_of(&p->narrow, channels);
  const long most = rows_together(g);
  for (long item = begin; item < end; item++) {
    const long image = item / p->bands, band = item % p->bands;
    const float *x = p->x + image * g->height * line;
    const long last = g->out_height * (band + 1) / p->bands;
    long row = g->out_height * band / p->bands;
    long packed = max_long(0, row * g->stride_height - g->pad_top);
    while (row < last) {
      const long count = min_long(most, last - row), first = row;
      for (; row < first + count; row++) {
        const long needed = row * g->stride_height - g->pad_top + g->kernel_height;
        for (; packed < min_long(needed, g->height); packed++) {
          const ck_activation plain = {.x = NULL};
          if (p->widen.weights) {
            widen.from = x + packed * line;
            widen_row(&widen, &r, packed, g->width, rows, vectors);
          } else {
            const kept_elements from = kept(x + packed * line, 0);
            pack_activation(&r, packed, &plain, from, g->width, channels, kept_after(from, line));
          }
        }
        windows w;
        find_rows(&w, g, &r, (const lanes *)p->filter.weights, row);
        w.to_step = channels;
        for (long block = 0; block < r.blocks; block++, next_block(&w, &r, taps)) {
          const long to = (row - first) * g->out_width * channels + block_start(block, channels);
          w.to = kept(filtered + to, 0);
          w.ahead = w.to;
          windows_end limits = {.bias = ((const lanes *)p->filter.bias)[block],
                                .low = p->filter.low, .high = p->filter.high};
#define SUM(taps, stride) sum_row(&w, &limits, g->out_width, LIMITED, taps, stride, together)
          FOR_WINDOWS(g, SUM)
#undef SUM
        }
      }
      const long at = (image * g->out_height + first) * g->out_width * out;
      narrowing.from = filtered;
      narrow(&narrowing, p->residual ? p->residual + at : NULL, p->y + at, out,
             count * g->out_width, rows, vectors);
    }
  }
}

SHAPED_LOOP(separable)

void ck_separable(int threads, const ck_depthwise *g, long in_channels, long out_channels,
                  const float *x, ck_folded widen, ck_folded filter, ck_folded narrow,
                  const float *residual, float *y, float *scratch) {
  separable_job job = {.geometry = g, .in_channels = in_channels, .out_channels = out_channels,
                       .x = x, .residual = residual, .widen = widen, .filter = filter,
                       .narrow = narrow, .y = y, .scratch = scratch,
                       .bands = bands_for(threads, g)};
  ck_for(threads, g->images * job.bands, 1, separable, &job);
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
    const long start = vector_start(vector, out_channels);
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
