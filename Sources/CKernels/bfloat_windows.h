#pragma once

#include "bfloat_rows.h"

#include "kept_elements.h"

// A convolution of windows as a product: the numbers under each window make up a row. Those of one
// line of a window lie side by side in memory, so few channels are moved as fast as many.

/// Terms of a sum.
INLINE long window_terms(const ck_depthwise *g) {
  return g->kernel_height * g->kernel_width * g->channels;
}

/// Puts a window all of which lies inside of the image, from element `start` on.
INLINE void put_inner_window(const int bfloat, const ck_depthwise *g, const void *x, long start,
                             bfloat_bits *to) {
  const long run = g->kernel_width * g->channels, line = g->width * g->channels;
  for (long i = 0; i < g->kernel_height; i++, start += line, to += run) {
    for (long c = 0; c < run; c += LANES) {
      write_bits(to + c, read_some(bfloat, x, start + c, run - c));
    }
  }
}

/// The same of rows and columns that may be zeros.
INLINE void put_outer_window(const ck_depthwise *g, kept_elements x, long start, long row,
                             long left, bfloat_bits *to) {
  const long run = g->kernel_width * g->channels, line = g->width * g->channels;
  const long begin = max_long(0, -left), end = min_long(run, line - left);
  for (long i = 0; i < g->kernel_height; i++, start += line, to += run) {
    const int exists = row + i >= 0 && row + i < g->height;
    for (long c = 0; c < run; c += LANES) {
      write_bits(to + c, read_between(x.bfloat, x.at, start + c, begin - c, exists ? end - c : 0));
    }
  }
}

/// Puts the windows of some outputs at `to`, `row` apart; channels come first, then columns. Writes up
/// to LANES numbers behind each. What lies outside of the image is 0.
INLINE void put_windows(const ck_depthwise *g, kept_elements x, pixel_span at, bfloat_bits *to,
                        long row) {
  const long line = g->width * g->channels, inner = (g->width - g->kernel_width) * g->channels;
  long column = at.first % g->out_width, y = at.first / g->out_width % g->out_height;
  long image = at.first / g->out_width / g->out_height;
  for (long p = 0; p < at.count; p++, to += row) {
    const long left = (column * g->stride_width - g->pad_left) * g->channels;
    const long top = y * g->stride_height - g->pad_top;
    const long start = (image * g->height + top) * line + left;
    if (top < 0 || top + g->kernel_height > g->height || left < 0 || left > inner) {
      put_outer_window(g, x, start, top, left, to);
    } else if (x.bfloat) {
      put_inner_window(1, g, x.at, start, to);
    } else {
      put_inner_window(0, g, x.at, start, to);
    }
    if (++column < g->out_width) continue;
    column = 0;
    if (++y < g->out_height) continue;
    y = 0;
    image++;
  }
}
