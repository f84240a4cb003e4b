#pragma once

#include <stdint.h>

#include "channel_rows.h"
#include "kept_elements.h"
#include "lane_functions.h"

// Depthwise convolutions walk over an image row by row. Rows are packed into blocks of LANES
// channels with zeros on both sides, into a ring that stays in a processor's own cache; then the
// loops over windows run without conditions, and with their sums in registers.

/// The widest windows, and the outputs of a row that are computed together at most: the rows of
/// most networks are multiples of them.
enum { MOST_TAPS = 7, TOGETHER = 7 };

INLINE long block_count(long channels) { return (channels + LANES - 1) / LANES; }

/// The last block ends with the last channel, and shares some with the one before. Of fewer than LANES
/// channels, the only one begins with the first.
INLINE long block_start(long block, long channels) {
  return max_long(0, min_long(block * LANES, channels - LANES));
}

/// Packed rows of one image: row r lies in slot r % slots, as [blocks][width].
typedef struct {
  lanes *rows;
  long slots, width, blocks;
  /// Zeros in front of each row.
  long left;
} ring;

INLINE long ring_length(const ring *r) { return r->slots * r->width * r->blocks * LANES; }

/// Takes its memory from `scratch` and returns what is left of that.
INLINE float *place_ring(ring *r, float *scratch) {
  r->rows = (lanes *)scratch;
  memset(scratch, 0, (unsigned long)ring_length(r) * sizeof(float));
  return scratch + ring_length(r);
}

INLINE lanes *ring_row(const ring *r, long row, long block) {
  return r->rows + (row % r->slots * r->blocks + block) * r->width;
}

/// Each step of each loop fetches the line of one vector that a later loop will need, in rows that come next.
/// Done in bursts, that would leave the memory idle in between. What comes behind the last row is
/// fetched for nobody: no address is wrong for that.
INLINE void fetch(kept_elements memory, long vector) {
  __builtin_prefetch(kept_after(memory, vector * LANES).at, 0, 2);
}

/// Whether elements should bypass the caches, which then need not read what is overwritten: whole
/// lines of more than the caches would keep for whoever reads them next.
INLINE int streams(kept_elements elements, long count, long channels) {
  enum { KEPT = 8 << 20 };
  return !IS_BFLOAT(elements) && count > KEPT && channels % LANES == 0
      && (uintptr_t)elements.at % LINE == 0;
}

/// What bypassed the caches comes before all that this thread tells others.
INLINE void order_streams(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// MARK: Sums over windows

/// What becomes of sums; may be combined.
enum { PLAIN = 0, LIMITED = 1, GATHERED = 2, GATED = 4, STREAMED = 8 };

/// Windows along a row of outputs, of one block of channels.
typedef struct {
  /// Where the first window begins in each row that it covers, and its weights.
  const lanes *from[MOST_TAPS], *weights[MOST_TAPS];
  long rows;
  kept_elements to;
  long to_step;
  /// A vector of it is fetched for each window.
  kept_elements ahead;
} windows;

/// What is done to sums before and after they are written.
typedef struct {
  lanes bias;
  float low, high;
  /// Sums of the distances from `center`, and of their squares. Of gradients: sums of those whose
  /// x, scaled and shifted, lies between the limits, and of their products with x - center.
  lanes center, sum, square;
  lanes scale, shift;
  /// For each window as `to`.
  kept_elements x;
} windows_end;

/// `count` windows from number `first` on.
INLINE void sum_windows(const windows *w, windows_end *end, long first, const int use,
                        const int taps, const int stride, const int count) {
  lanes sums[TOGETHER];
#pragma clang loop unroll(full)
  for (int o = 0; o < count; o++) sums[o] = end->bias;
  for (long i = 0; i < w->rows; i++) {
    const lanes *from = w->from[i] + first * stride, *weights = w->weights[i];
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) {
      const lanes weight = weights[t];
#pragma clang loop unroll(full)
      for (int o = 0; o < count; o++) sums[o] += from[o * stride + t] * weight;
    }
  }
  const long start = first * w->to_step;
#pragma clang loop unroll(full)
  for (int o = 0; o < count; o++) {
    if (use & LIMITED) sums[o] = limited(sums[o], end->low, end->high);
    const long at = start + o * w->to_step;
    if (use & STREAMED) {
      __builtin_nontemporal_store(sums[o], (lanes *)kept_after(w->to, at).at);
    } else if (o % 2 == 1) {
      write_two_kept(w->to, at - w->to_step, w->to_step, sums[o - 1], sums[o]);
    } else if (o + 1 == count) {
      write_kept(w->to, at, sums[o]);
    }
    fetch(w->ahead, first + o);
    // Errors of single values that are rounded cancel out in sums over them.
    if (use & GATHERED) {
      const lanes distance = sums[o] - end->center;
      end->sum += distance;
      end->square += distance * distance;
    }
    if (use & GATED) {
      const lanes x = read_kept(end->x, at);
      const lanes scaled = x * end->scale + end->shift;
      lanes passed = scaled > end->low ? sums[o] : (lanes)0;
      passed = scaled < end->high ? passed : (lanes)0;
      end->sum += passed;
      end->square += passed * (x - end->center);
    }
  }
}

INLINE void sum_row(const windows *w, windows_end *end, long outputs, const int use,
                    const int taps, const int stride, const int together) {
  // A local one may stay in registers.
  windows_end own = *end;
  long o = 0;
#define SOME(count) \
  for (; o + count <= outputs; o += count) sum_windows(w, &own, o, use, taps, stride, count)
  SOME(together);
  if (together > 4) SOME(4);
  if (together > 2) SOME(2);
  SOME(1);
#undef SOME
  *end = own;
}

// MARK: Gradients of weights

/// sums[i][t] += dy[o] * from[i][o * stride + t] over the outputs o of a row, for some rows.
INLINE void add_products(const lanes *const *from, const lanes *dy, lanes *const *sums,
                         long outputs, kept_elements ahead, const long stride, const int taps,
                         const int rows) {
  enum { MOST = 9, UNROLLED = 4 };
  lanes local[MOST];
#pragma clang loop unroll(full)
  for (int t = 0; t < rows * taps; t++) local[t] = (lanes){0};
#define OUTPUT(o)                                                              \
  do {                                                                         \
    const lanes gradient = dy[o];                                              \
    for (int i = 0; i < rows; i++) {                                           \
      for (int t = 0; t < taps; t++) {                                         \
        local[i * taps + t] += gradient * from[i][(o) * stride + t];           \
      }                                                                        \
    }                                                                          \
    if (ahead.at) fetch(ahead, o);                                               \
  } while (0)
  long o = 0;
  for (; o + UNROLLED <= outputs; o += UNROLLED) {
#pragma clang loop unroll(full)
    for (int u = 0; u < UNROLLED; u++) OUTPUT(o + u);
  }
  for (; o < outputs; o++) OUTPUT(o);
#undef OUTPUT
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) sums[i][t] += local[i * taps + t];
  }
}

// MARK: Rows of activations

INLINE ring input_ring(const ck_depthwise *g) {
  const long taps = g->kernel_width, stride = g->stride_width;
  return (ring){NULL, taps + stride,
                max_long(g->pad_left + g->width, (g->out_width - 1) * stride + taps),
                block_count(g->channels), g->pad_left};
}

/// Calls PIXELS(count) for all pixels of a row from number `pixel` on, several at a time: what
/// belongs to a channel is read once for them.
#define FOR_PIXELS(pixels, PIXELS)                                \
  do {                                                            \
    enum { SOME = 4 };                                            \
    long pixel = 0;                                               \
    for (; pixel + SOME <= (pixels); pixel += SOME) PIXELS(SOME); \
    for (; pixel < (pixels); pixel++) PIXELS(1);                  \
  } while (0)

/// Packs function(x * scale + shift), or x, of some pixels from number `pixel` on.
INLINE void pack_pixels(const ring *r, long row, const int kind, const ck_activation *activation,
                        const int is_plain, kept_elements from, long pixel, const int count,
                        long channels, kept_elements ahead) {
  const ck_function f = activation->function;
  lanes *to = ring_row(r, row, 0) + r->left + pixel;
  const kept_elements x = kept_after(from, pixel * channels);
  ahead = kept_after(ahead, pixel * channels);
  for (long block = 0; block < r->blocks; block++, to += r->width) {
    const long start = block_start(block, channels);
    const lanes scale = is_plain ? (lanes){0} : read_lanes(activation->scale + start);
    const lanes shift = is_plain ? (lanes){0} : read_lanes(activation->shift + start);
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) {
      fetch(kept_after(ahead, p * channels), block);
      const lanes value = read_kept(x, p * channels + start);
      to[p] = is_plain ? value : evaluate_lanes(kind, f, value * scale + shift);
    }
  }
}

INLINE void pack_lines(const ring *r, long row, const int kind, const ck_activation *activation,
                       const int is_plain, kept_elements x, long pixels, long channels,
                       kept_elements ahead) {
#define PIXELS(count) \
  pack_pixels(r, row, kind, activation, is_plain, x, pixel, count, channels, ahead)
  FOR_PIXELS(pixels, PIXELS);
#undef PIXELS
}

INLINE void pack_activation(const ring *r, long row, const ck_activation *x, kept_elements from,
                            long pixels, long channels, kept_elements ahead) {
  if (!x->scale) {
    pack_lines(r, row, CK_IDENTITY, x, 1, from, pixels, channels, ahead);
    return;
  }
  switch (x->function.kind) {
#define CASE(kind) \
  case kind: pack_lines(r, row, kind, x, 0, from, pixels, channels, ahead); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

/// Whether FOR_WINDOWS knows the windows.
INLINE int has_windows(const ck_depthwise *g) {
  const long taps = g->kernel_width, stride = g->stride_width;
  return (taps == 3 || taps == 5 || taps == 7) && g->kernel_height == taps
      && (stride == 1 || stride == 2) && g->stride_height == stride && g->dilation_width == 1
      && g->dilation_height == 1 && g->pad_top < taps && g->pad_left < taps;
}

/// Calls SUM(taps, stride) with the constants of a geometry that `has_windows`.
#define FOR_WINDOWS(g, SUM)                               \
  switch ((g)->kernel_width * 2 + (g)->stride_width - 1) { \
    case 6: SUM(3, 1); break;                             \
    case 7: SUM(3, 2); break;                             \
    case 10: SUM(5, 1); break;                            \
    case 11: SUM(5, 2); break;                            \
    case 14: SUM(7, 1); break;                            \
    case 15: SUM(7, 2); break;                            \
  }

/// The rows that a row of outputs covers, of the first block of channels.
INLINE void find_rows(windows *w, const ck_depthwise *g, const ring *r, const lanes *weights,
                      long row) {
  const long top = row * g->stride_height - g->pad_top;
  const long first = max_long(0, -top), last = min_long(g->kernel_height, g->height - top);
  w->rows = 0;
  for (long i = first; i < last; i++, w->rows++) {
    w->from[w->rows] = ring_row(r, top + i, 0);
    w->weights[w->rows] = weights + i * g->kernel_width;
  }
}

INLINE void next_block(windows *w, const ring *r, long taps) {
  for (long i = 0; i < w->rows; i++) {
    w->from[i] += r->width;
    w->weights[i] += taps;
  }
}

/// Bands of rows to divide each image into, so that all threads have as much to do.
INLINE long bands_for(int threads, const ck_depthwise *g) {
  if (g->images % threads == 0 || g->images >= 8 * threads) return 1;
  return min_long(threads, g->out_height);
}
