#include <stdlib.h>
#include <string.h>

#include "depthwise_rows.h"

// The weight gradient of a depthwise convolution alone: of any geometry, and also of bfloat16.

enum { RING_BYTES = 384 * 1024 };

static void *allocate(long count) {
  void *memory = aligned_alloc(64, (unsigned long)count * sizeof(lanes));
  memset(memory, 0, (unsigned long)count * sizeof(lanes));
  return memory;
}

/// Pixels to either side stay zero, and so do missing channels: packing writes no others.
static ring make_ring(long slots, long width, long blocks, long left) {
  ring r = {allocate(slots * width * blocks), slots, width, blocks, left};
  return r;
}

/// Packs one row of `width` pixels, which begins at an element of `x`.
INLINE void pack_elements(const ring *r, long row, const int bfloat, const void *x, long start,
                          long width, long channels) {
  const long full = channels / LANES, rest = channels % LANES;
  lanes *to = ring_row(r, row, 0) + r->left;
  for (long pixel = 0; pixel < width; pixel++, start += channels) {
    for (long block = 0; block < full; block++) {
      float *target = (float *)(to + block * r->width + pixel);
      EACH_LANE target[l] = load(bfloat, x, start + block * LANES + l);
    }
    float *target = (float *)(to + full * r->width + pixel);
    for (long c = 0; c < rest; c++) {
      target[c] = load(bfloat, x, start + full * LANES + c);
    }
  }
}

INLINE void pack_row(const ring *r, long row, int bfloat, const void *x, long start, long width,
                     long channels) {
  if (bfloat) {
    pack_elements(r, row, 1, x, start, width, channels);
  } else {
    pack_elements(r, row, 0, x, start, width, channels);
  }
}

typedef struct {
  const ck_depthwise *geometry;
  /// Both kept as bfloat16 where `bfloat`.
  int bfloat;
  const void *x, *dy;
  float *partial;
  long blocks, groups;
} weights_job;

INLINE void add_rows(const ck_depthwise *g, const ring *x, const ring *dy, lanes *sums, long block,
                     long first, long rows, const int taps, const long stride) {
  for (long i = 0; i < g->kernel_height; i++) {
    for (long row = first; row < first + rows; row++) {
      long from_row = row * g->stride_height - g->pad_top + i * g->dilation_height;
      if (from_row < 0 || from_row >= g->height) continue;
      const lanes *from = ring_row(x, from_row, block), *gradient = ring_row(dy, row, block);
      lanes *to = sums + i * g->kernel_width;
      if (taps > 0) {
        add_products(&from, gradient, &to, g->out_width, kept(NULL, 0), stride, taps, 1);
        continue;
      }
      for (long t = 0; t < g->kernel_width; t++, from += g->dilation_width, to++) {
        add_products(&from, gradient, &to, g->out_width, kept(NULL, 0), g->stride_width, 1,
                     1);
      }
    }
  }
}

/// Width of a packed input row: as far as the last window reaches.
static long packed_width(const ck_depthwise *g) {
  return max_long(
      g->width + g->pad_left,
      (g->out_width - 1) * g->stride_width + (g->kernel_width - 1) * g->dilation_width + 1);
}

LOOP(weights_part) {
  const weights_job *p = context;
  const ck_depthwise *g = p->geometry;
  const long taps = g->kernel_height * g->kernel_width, width = packed_width(g);
  const long reach = (g->kernel_height - 1) * g->dilation_height + 1;
  long together = g->out_height, slots = 0;
  for (;; together = (together + 1) / 2) {
    slots = (together - 1) * g->stride_height + reach;
    long size = (slots * width + together * g->out_width) * p->blocks * LANES * 4;
    if (size <= RING_BYTES || together == 1) break;
  }
  ring x = make_ring(slots, width, p->blocks, g->pad_left);
  ring dy = make_ring(together, g->out_width, p->blocks, 0);
  lanes *image_sums = allocate(p->blocks * taps);
  for (long group = begin; group < end; group++) {
    lanes *sums = (lanes *)p->partial + group * p->blocks * taps;
    const long last = g->images * (group + 1) / p->groups;
    for (long image = g->images * group / p->groups; image < last; image++) {
      const long from = image * g->height * g->width * g->channels;
      const long from_dy = image * g->out_height * g->out_width * g->channels;
      memset(image_sums, 0, (unsigned long)(p->blocks * taps) * sizeof(lanes));
      long packed = 0;
      for (long first = 0; first < g->out_height; first += together) {
        const long rows = min_long(together, g->out_height - first);
        const long needed = (first + rows - 1) * g->stride_height - g->pad_top + reach;
        packed = max_long(packed, first * g->stride_height - g->pad_top);
        for (; packed < min_long(needed, g->height); packed++) {
          pack_row(&x, packed, p->bfloat, p->x, from + packed * g->width * g->channels,
                   min_long(g->width, width - g->pad_left), g->channels);
        }
        for (long row = first; row < first + rows; row++) {
          pack_row(&dy, row, p->bfloat, p->dy, from_dy + row * g->out_width * g->channels,
                   g->out_width, g->channels);
        }
        for (long block = 0; block < p->blocks; block++) {
          lanes *to = image_sums + block * taps;
#define WIDTH_CASE(taps, stride)                                                         \
  if (g->dilation_width == 1 && g->kernel_width == taps && g->stride_width == stride) {  \
    add_rows(g, &x, &dy, to, block, first, rows, taps, stride);                          \
  } else
          WIDTH_CASE(3, 1)
          WIDTH_CASE(3, 2)
          WIDTH_CASE(5, 1)
          WIDTH_CASE(5, 2)
          WIDTH_CASE(7, 1)
          WIDTH_CASE(7, 2)
          add_rows(g, &x, &dy, to, block, first, rows, 0, 0);
#undef WIDTH_CASE
        }
      }
      for (long i = 0; i < p->blocks * taps; i++) sums[i] += image_sums[i];
    }
  }
  free(x.rows);
  free(dy.rows);
  free(image_sums);
}

void ck_depthwise_weights(int threads, const ck_depthwise *g, int bfloat, const void *x,
                          const void *dy, float *dw) {
  const long taps = g->kernel_height * g->kernel_width;
  const long blocks = (g->channels + LANES - 1) / LANES;
  const long groups = min_long(g->images, 4 * threads);
  float *partial = allocate(blocks * groups * taps);
  weights_job job = {g, bfloat, x, dy, partial, blocks, groups};
  long work = g->images / groups * g->out_height * g->out_width * g->channels * taps / 4;
  ck_for(threads, groups, grain_of(work), weights_part, &job);
  for (long channel = 0; channel < g->channels; channel++) {
    const float *from = partial + channel / LANES * taps * LANES + channel % LANES;
    for (long tap = 0; tap < taps; tap++) {
      float sum = 0;
      for (long group = 0; group < groups; group++) {
        sum += from[(group * blocks * taps + tap) * LANES];
      }
      dw[channel * taps + tap] = sum;
    }
  }
  free(partial);
}
