#include <stdlib.h>
#include <string.h>

#include "internal.h"

// The weight gradient of a depthwise convolution, on blocks of LANES channels. Rows of input and
// gradient are first packed side by side with zeros around and in missing channels; then the sums
// over pixels run without conditions, one row of taps at a time in registers.

enum { LANES = 16, PACKED_BYTES = 96 * 1024 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(64)));

typedef struct {
  const ck_depthwise *geometry;
  const float *x, *dy;
  float *partial;
  long blocks, groups;
} depthwise_job;

/// Copies `count` pixels that lie `stride` apart into blocks of LANES.
INLINE void pack(const float *from, long stride, long count, long channels, float *to) {
  if (channels == LANES) {
    for (long i = 0; i < count; i++) {
      for (long c = 0; c < LANES; c++) to[i * LANES + c] = from[i * stride + c];
    }
    return;
  }
  for (long i = 0; i < count; i++) {
    for (long c = 0; c < channels; c++) to[i * LANES + c] = from[i * stride + c];
    for (long c = channels; c < LANES; c++) to[i * LANES + c] = 0;
  }
}

/// sums[t] += dy[o] * x[o * stride + t * dilation] over the row's outputs o.
INLINE void add_row(const lanes *x, const lanes *dy, lanes *sums, long outputs, long stride,
                    long dilation, const long taps) {
  lanes local[8];
#pragma clang loop unroll(full)
  for (long t = 0; t < taps; t++) local[t] = sums[t];
  for (long o = 0; o < outputs; o++) {
    lanes gradient = dy[o];
#pragma clang loop unroll(full)
    for (long t = 0; t < taps; t++) local[t] += gradient * x[o * stride + t * dilation];
  }
#pragma clang loop unroll(full)
  for (long t = 0; t < taps; t++) sums[t] = local[t];
}

INLINE void add_rows(const ck_depthwise *g, const float *x, const float *dy, float *sums,
                     long rows, long padded_width, const long taps, const long stride) {
  const long kernel_width = taps > 0 ? taps : g->kernel_width;
  for (long i = 0; i < g->kernel_height; i++) {
    for (long row = 0; row < rows; row++) {
      const lanes *from = (const lanes *)x
          + (row * g->stride_height + i * g->dilation_height) * padded_width;
      const lanes *gradient = (const lanes *)dy + row * g->out_width;
      lanes *to = (lanes *)sums + i * kernel_width;
      if (taps > 0) {
        add_row(from, gradient, to, g->out_width, stride, 1, taps);
      } else {
        for (long t = 0; t < kernel_width; t++) {
          add_row(from + t * g->dilation_width, gradient, to + t, g->out_width, g->stride_width,
                  1, 1);
        }
      }
    }
  }
}

/// Output rows that are worked on together, so that what is packed stays in the cache.
static long rows_together(const ck_depthwise *g, long padded_width) {
  long rows = g->out_height;
  while (rows > 1) {
    long input_rows =
        (rows - 1) * g->stride_height + (g->kernel_height - 1) * g->dilation_height + 1;
    long bytes = (input_rows * padded_width + rows * g->out_width) * LANES * 4;
    if (bytes <= PACKED_BYTES) break;
    rows = (rows + 1) / 2;
  }
  return rows;
}

CLONES static void depthwise_part(const void *context, long begin, long end, int worker) {
  const depthwise_job *p = context;
  const ck_depthwise *g = p->geometry;
  const long taps = g->kernel_height * g->kernel_width;
  const long padded_width = max_long(
      g->width + g->pad_left,
      (g->out_width - 1) * g->stride_width + (g->kernel_width - 1) * g->dilation_width + 1);
  const long rows_at_once = rows_together(g, padded_width);
  const long reach = (g->kernel_height - 1) * g->dilation_height + 1;
  const long packed_rows = (rows_at_once - 1) * g->stride_height + reach;
  float *packed_x = aligned_alloc(64, (unsigned long)(packed_rows * padded_width * LANES * 4));
  float *packed_dy =
      aligned_alloc(64, (unsigned long)(rows_at_once * g->out_width * LANES * 4));
  float *sums = aligned_alloc(64, (unsigned long)(taps * LANES * 4));
  const int is_plain = g->dilation_width == 1;
  const long right = padded_width - g->pad_left;
  memset(packed_x, 0, (unsigned long)(packed_rows * padded_width * LANES * 4));
  for (long item = begin; item < end; item++) {
    const long block = item / p->groups, group = item % p->groups;
    const long first_image = g->images * group / p->groups;
    const long last_image = g->images * (group + 1) / p->groups;
    const long channels = min_long(LANES, g->channels - block * LANES);
    float *partial = p->partial + item * taps * LANES;
    memset(partial, 0, (unsigned long)(taps * LANES * 4));
    for (long image = first_image; image < last_image; image++) {
      const float *x = p->x + image * g->height * g->width * g->channels + block * LANES;
      const float *dy =
          p->dy + image * g->out_height * g->out_width * g->channels + block * LANES;
      memset(sums, 0, (unsigned long)(taps * LANES * 4));
      for (long first = 0; first < g->out_height; first += rows_at_once) {
        const long rows = min_long(rows_at_once, g->out_height - first);
        const long top = first * g->stride_height - g->pad_top;
        for (long i = 0; i < (rows - 1) * g->stride_height + reach; i++) {
          float *to = packed_x + i * padded_width * LANES;
          if (top + i < 0 || top + i >= g->height) {
            memset(to, 0, (unsigned long)(padded_width * LANES * 4));
          } else {
            // The padding on both sides was zeroed once and stays so.
            pack(x + (top + i) * g->width * g->channels, g->channels,
                 min_long(g->width, right), channels, to + g->pad_left * LANES);
          }
        }
        for (long row = 0; row < rows; row++) {
          pack(dy + (first + row) * g->out_width * g->channels, g->channels, g->out_width,
               channels, packed_dy + row * g->out_width * LANES);
        }
#define WIDTH_CASE(taps, stride)                                                             \
  if (is_plain && g->kernel_width == taps && g->stride_width == stride) {                    \
    add_rows(g, packed_x, packed_dy, sums, rows, padded_width, taps, stride);                \
  } else
        WIDTH_CASE(3, 1)
        WIDTH_CASE(3, 2)
        WIDTH_CASE(5, 1)
        WIDTH_CASE(5, 2)
        WIDTH_CASE(7, 1)
        WIDTH_CASE(7, 2)
        add_rows(g, packed_x, packed_dy, sums, rows, padded_width, 0, 0);
#undef WIDTH_CASE
      }
      for (long i = 0; i < taps * LANES; i++) partial[i] += sums[i];
    }
  }
  free(packed_x);
  free(packed_dy);
  free(sums);
}

void ck_depthwise_weights(int threads, const ck_depthwise *g, const float *x, const float *dy,
                          float *dw) {
  const long taps = g->kernel_height * g->kernel_width;
  const long blocks = (g->channels + LANES - 1) / LANES;
  // Blocks alone seldom divide evenly among the threads: groups of images multiply them.
  const long groups = max_long(1, min_long(g->images, (4 * threads + blocks - 1) / blocks));
  float *partial = aligned_alloc(64, (unsigned long)(blocks * groups * taps * LANES * 4));
  depthwise_job job = {g, x, dy, partial, blocks, groups};
  long work = g->images / groups * g->out_height * g->out_width * LANES * taps / 4;
  ck_for(threads, blocks * groups, grain_of(work), depthwise_part, &job);
  for (long channel = 0; channel < g->channels; channel++) {
    const float *from = partial + channel / LANES * groups * taps * LANES + channel % LANES;
    for (long tap = 0; tap < taps; tap++) {
      float sum = 0;
      for (long group = 0; group < groups; group++) sum += from[(group * taps + tap) * LANES];
      dw[channel * taps + tap] = sum;
    }
  }
  free(partial);
}
