#include "bfloat_rows.h"

#include "depthwise_rows.h"

// A pointwise, a depthwise and a pointwise convolution at inference, as `separable.c` has them, with
// products of bfloat16. In between, the depthwise one is float32: its rows are widened some at a
// time, so that products have many pixels.

typedef struct {
  const ck_depthwise *geometry;
  long in_channels, out_channels;
  kept_elements x, residual, y;
  ck_bfloat_folded widen, narrow;
  ck_folded filter;
  char *scratch;
  long bands;
} separable_job;

/// Rows of outputs that are computed together.
static long rows_together(const ck_depthwise *g) {
  return max_long(1, min_long(2 * SOME_ROWS / g->out_width, g->out_height));
}

/// Of the input.
static long most_rows(const ck_depthwise *g) {
  return (rows_together(g) - 1) * g->stride_height + g->kernel_height;
}

static ring separable_ring(const ck_depthwise *g) {
  ring r = input_ring(g);
  r.slots = most_rows(g) + g->stride_height;
  return r;
}

static long padded_pixels(long pixels) { return round_up(pixels, SOME_ROWS); }

/// Numbers of the widest rows of pixels: of the input, and of what is narrowed.
static long bits_length(const ck_depthwise *g, long in_channels) {
  const long inputs = padded_pixels(most_rows(g) * g->width) * bfloat_steps(in_channels);
  const long filtered = padded_pixels(rows_together(g) * g->out_width) * bfloat_steps(g->channels);
  return (inputs + filtered) * STEP;
}

static long worker_bytes(const ck_depthwise *g, long in_channels) {
  const ring r = separable_ring(g);
  return ring_length(&r) * (long)sizeof(float)
      + bits_length(g, in_channels) * (long)sizeof(bfloat_bits);
}

long ck_bfloat_separable_scratch_bytes(int threads, const ck_depthwise *g, long in_channels) {
  return threads * worker_bytes(g, in_channels);
}

/// Puts pixels one behind the other, with zeros behind their channels.
INLINE void put_pixels(kept_elements x, long pixels, long channels, bfloat_bits *to, long row) {
  for (long p = 0; p < pixels; p++, to += row) {
    for (long c = 0; c < row; c += LANES) {
      write_bits(to + c, read_some(x.bfloat, x.at, p * channels + c, channels - c));
    }
  }
}

/// Widened rows of the input from number `row` on, into the ring.
INLINE void end_widened(const ck_bfloat_folded *f, const ring *r, long width, const float *sums,
                        long first, long count, long row, long vector, long channels) {
  const long start = block_start(vector, channels);
  const lanes bias = read_lanes(f->bias + start);
  const float low = f->low, high = f->high;
  long column = first % width;
  row += first / width;
  lanes *to = ring_row(r, row, vector) + r->left + column;
  for (long p = 0; p < count; p++, column++, to++) {
    if (column == width) {
      column = 0;
      to = ring_row(r, ++row, vector) + r->left;
    }
    *to = limited(read_lanes(sums + p * PANEL) + bias, low, high);
  }
}

INLINE void widen_rows(const separable_job *p, const ring *r, kept_elements x, long row, long end,
                       bfloat_bits *room) {
  const ck_depthwise *g = p->geometry;
  const long steps = bfloat_steps(p->in_channels), length = bfloat_vector_length(p->in_channels);
  const long pixels = (end - row) * g->width;
  fetch_plan ahead = {.regions = 0};
  bfloat_factors factors = {.row = steps * STEP, .steps = steps};
  put_pixels(kept_after(x, row * g->width * p->in_channels), pixels, p->in_channels, room,
             factors.row);
  for (long v = 0; v < r->blocks; v += 2) {
    factors.columns = (const bfloat_bits *)p->widen.weights + v * length;
    factors.vectors = (int)min_long(r->blocks - v, 2);
    for (long first = 0; first < pixels; first += SOME_ROWS) {
      _Alignas(64) float sums[SOME_ROWS * PANEL];
      factors.rows = room + first * factors.row;
      ck_bfloat_sums(&factors, sums, &ahead, 0);
      for (int i = 0; i < factors.vectors; i++) {
        end_widened(&p->widen, r, g->width, sums + i * LANES, first,
                    min_long(pixels - first, SOME_ROWS), row, v + i, g->channels);
      }
    }
  }
}

/// Narrowed pixels, from number `at` of all on.
INLINE void narrow_pixels(const separable_job *p, const bfloat_bits *filtered, long at,
                          long pixels) {
  const long channels = p->out_channels, steps = bfloat_steps(p->geometry->channels);
  const long length = bfloat_vector_length(p->geometry->channels);
  const float low = p->narrow.low, high = p->narrow.high;
  const kept_elements y = p->y, residual = p->residual;
  fetch_plan ahead = {.regions = 0};
  bfloat_factors factors = {.row = steps * STEP, .steps = steps};
  for (long v = 0; v < bfloat_vectors(channels); v += 2) {
    factors.columns = (const bfloat_bits *)p->narrow.weights + v * length;
    factors.vectors = (int)min_long(bfloat_vectors(channels) - v, 2);
    for (long first = 0; first < pixels; first += SOME_ROWS) {
      _Alignas(64) float sums[SOME_ROWS * PANEL];
      factors.rows = filtered + first * factors.row;
      ck_bfloat_sums(&factors, sums, &ahead, 0);
      for (int i = 0; i < factors.vectors; i++) {
        const long c = (v + i) * LANES, count = channels - c;
        const lanes bias = read_some(0, p->narrow.bias, c, count);
        for (long r = 0; r < min_long(pixels - first, SOME_ROWS); r++) {
          const long to = (at + first + r) * channels + c;
          lanes sum = read_lanes(sums + r * PANEL + i * LANES) + bias;
          sum = limited(sum, low, high);
          if (residual.at) sum += read_some(residual.bfloat, residual.at, to, count);
          write_some(y.bfloat, y.at, to, count, sum);
        }
      }
    }
  }
}

INLINE void filter_row(const separable_job *p, const ring *r, long row, bfloat_bits *to) {
  const ck_depthwise *g = p->geometry;
  const long taps = g->kernel_height * g->kernel_width;
  windows w;
  find_rows(&w, g, r, (const lanes *)p->filter.weights, row);
  w.to_step = bfloat_steps(g->channels) * STEP;
  for (long block = 0; block < r->blocks; block++, next_block(&w, r, taps)) {
    w.to = kept(to + block_start(block, g->channels), 1);
    w.ahead = w.to;
    windows_end limits = {.bias = ((const lanes *)p->filter.bias)[block],
                          .low = p->filter.low, .high = p->filter.high};
#define SUM(taps, stride) sum_row(&w, &limits, g->out_width, LIMITED, taps, stride, TOGETHER)
    FOR_WINDOWS(g, SUM)
#undef SUM
  }
}

BFLOAT_LOOP(separable) {
  const separable_job *p = context;
  const ck_depthwise *g = p->geometry;
  ring r = separable_ring(g);
  char *scratch = p->scratch + worker * worker_bytes(g, p->in_channels);
  bfloat_bits *inputs = (bfloat_bits *)place_ring(&r, (float *)scratch);
  const long row_length = bfloat_steps(g->channels) * STEP;
  bfloat_bits *filtered = inputs
      + padded_pixels(most_rows(g) * g->width) * bfloat_steps(p->in_channels) * STEP;
  // Channels that are not there are zeros, and stay so.
  memset(filtered, 0, (unsigned long)(padded_pixels(rows_together(g) * g->out_width) * row_length)
                          * sizeof(bfloat_bits));
  ck_begin_bfloat_products();
  for (long item = begin; item < end; item++) {
    const long image = item / p->bands, band = item % p->bands;
    const kept_elements x = kept_after(p->x, image * g->height * g->width * p->in_channels);
    const long last = g->out_height * (band + 1) / p->bands;
    long row = g->out_height * band / p->bands;
    long packed = max_long(0, row * g->stride_height - g->pad_top);
    while (row < last) {
      const long first = row, behind = min_long(last, first + rows_together(g));
      const long needed
          = min_long(g->height, (behind - 1) * g->stride_height - g->pad_top + g->kernel_height);
      if (p->widen.weights) {
        if (packed < needed) widen_rows(p, &r, x, packed, needed, inputs);
      } else {
        const ck_activation plain = {.x = NULL};
        const long line = g->width * g->channels;
        for (long i = packed; i < needed; i++) {
          const kept_elements from = kept_after(x, i * line);
          pack_activation(&r, i, &plain, from, g->width, g->channels, kept_after(from, line));
        }
      }
      packed = max_long(packed, needed);
      for (; row < behind; row++) {
        filter_row(p, &r, row, filtered + (row - first) * g->out_width * row_length);
      }
      narrow_pixels(p, filtered, (image * g->out_height + first) * g->out_width,
                    (behind - first) * g->out_width);
    }
  }
  ck_end_bfloat_products();
}

void ck_bfloat_separable(int threads, const ck_depthwise *g, long in_channels, long out_channels,
                         const void *x, int x_bfloat, ck_bfloat_folded widen, ck_folded filter,
                         ck_bfloat_folded narrow, const void *residual, int residual_bfloat,
                         void *y, int y_bfloat, void *scratch) {
  const separable_job job = {.geometry = g, .in_channels = in_channels,
                             .out_channels = out_channels, .x = kept(x, x_bfloat),
                             .residual = kept(residual, residual_bfloat), .y = kept(y, y_bfloat),
                             .widen = widen, .narrow = narrow, .filter = filter,
                             .scratch = scratch, .bands = bands_for(threads, g)};
  ck_for(threads, g->images * job.bands, 1, separable, &job);
}

END_BFLOAT_FUNCTIONS
