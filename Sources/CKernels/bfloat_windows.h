#pragma once

#include "bfloat_rows.h"

#include "kept_elements.h"

// A convolution of windows as a product: the numbers under each window make up a row. Those of one
// line of a window lie side by side in memory, so few channels are moved as fast as many.

/// Terms of a sum.
INLINE long window_terms(const ck_depthwise *g) {
  return g->kernel_height * g->kernel_width * g->channels;
}

/// Puts a window all of which lies inside of the image, from element `start` on: `lines` of `run`
/// numbers, `line` apart.
INLINE void put_lines(const int bfloat, const void *x, long start, long line, long lines, long run,
                      bfloat_bits *to) {
  for (long i = 0; i < lines; i++, start += line, to += run) {
    for (long c = 0; c < run; c += LANES) {
      write_bits(to + c, read_some(bfloat, x, start + c, run - c));
    }
  }
}

/// The same of float32 with one store for each panel, and zeros behind the window up to a whole number
/// of them. It is slower than line by line unless `lines` and `run` are constants.
INLINE void put_panels(const float *x, long start, long line, const long lines, const long run,
                       bfloat_bits *to) {
  for (long first = 0; first < lines * run; first += PANEL) {
    lanes values[2] = {{0}, {0}};
#pragma clang loop unroll(full)
    for (int v = 0; v < 2; v++) {
      const long base = first + v * LANES, end = min_long(base + LANES, lines * run);
      for (long i = base / run; i * run < end; i++) {
        const long distance = i * run - base;
        values[v] = read_into(values[v], 0, x, start + i * line - distance, distance,
                              distance + run);
      }
    }
    write_some_bits(to + first, PANEL, narrowed_two(values[0], values[1]));
  }
}

/// The same, with constants for what most networks begin with.
INLINE void put_inner_window(const ck_depthwise *g, kept_elements x, long start, bfloat_bits *to) {
  const long lines = g->kernel_height, run = g->kernel_width * g->channels;
  const long line = g->width * g->channels;
  if (x.bfloat) {
    put_lines(1, x.at, start, line, lines, run, to);
  } else if (lines == 3 && run == 9) {
    put_panels(x.at, start, line, 3, 9, to);
  } else if (lines == 7 && run == 21) {
    put_panels(x.at, start, line, 7, 21, to);
  } else {
    put_lines(0, x.at, start, line, lines, run, to);
  }
}

/// Of a window rows and columns of which may be zeros.
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
/// to LANES numbers behind each, or up to a whole number of panels. What lies outside of the image is 0.
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
    } else {
      put_inner_window(g, x, start, to);
    }
    if (++column < g->out_width) continue;
    column = 0;
    if (++y < g->out_height) continue;
    y = 0;
    image++;
  }
}
