#pragma once

#include "bfloat_rows.h"

#include "kept_elements.h"

// A convolution of windows as a product: the numbers under each window make up a row. Those of one
// line of a window lie side by side in memory, so few channels are moved as fast as many.

/// Terms of a sum.
INLINE long window_terms(const ck_depthwise *g) {
  return g->kernel_height * g->kernel_width * g->channels;
}

/// Puts the windows of some outputs at `to`, `row` apart; channels come first, then columns. Writes up
/// to LANES numbers behind each. What lies outside of the image is 0.
INLINE void put_windows(const ck_depthwise *g, kept_elements x, pixel_span at, bfloat_bits *to,
                        long row) {
  const long run = g->kernel_width * g->channels, line = g->width * g->channels;
  long column = at.first % g->out_width, y = at.first / g->out_width % g->out_height;
  long image = at.first / g->out_width / g->out_height;
  for (long p = 0; p < at.count; p++, to += row) {
    const long left = (column * g->stride_width - g->pad_left) * g->channels;
    const long begin = max_long(0, -left), end = min_long(run, line - left);
    bfloat_bits *next = to;
    for (long i = 0; i < g->kernel_height; i++, next += run) {
      const long from = y * g->stride_height - g->pad_top + i;
      const int exists = from >= 0 && from < g->height;
      const long start = (image * g->height + from) * line + left;
      for (long c = 0; c < run; c += LANES) {
        write_bits(next + c, read_between(x.bfloat, x.at, start + c, begin - c,
                                          exists ? end - c : 0));
      }
    }
    if (++column < g->out_width) continue;
    column = 0;
    if (++y < g->out_height) continue;
    y = 0;
    image++;
  }
}
