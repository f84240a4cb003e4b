#pragma once

#include "depthwise_rows.h"

// A pointwise, a depthwise and a pointwise convolution at inference, as in an inverted residual block
// (Sandler et al., 2018), go through an image in passes of some rows of outputs. In each, a few vectors
// of channels at a time are widened and filtered, and last, all are narrowed: what is widened is
// still in a near cache when the windows move over it, and weights are read once for many pixels.

/// Pixels of the input that a pass widens, about, and the vectors of channels that it does at a time.
typedef struct {
  long pixels, vectors;
} pass_size;

/// Rows of outputs, of one image or of some whole ones.
typedef struct {
  long image, images, first, end;
  /// Behind the rows of all passes of a band.
  long last;
  /// The rows of the input that they need and no earlier ones did.
  long packed, needed;
} pass;

INLINE long rows_together(const ck_depthwise *g, pass_size size) {
  const long rows = size.pixels / (g->width * g->stride_height);
  return max_long(1, min_long(rows, g->out_height));
}

INLINE int is_whole(const ck_depthwise *g, pass_size size) {
  return rows_together(g, size) == g->out_height;
}

/// As many as give each thread the same number of passes.
INLINE long images_together(int threads, const ck_depthwise *g, pass_size size) {
  if (!is_whole(g, size)) return 1;
  long images = max_long(1, size.pixels / (g->height * g->width));
  while (images > 1 && g->images % (images * threads) != 0) images--;
  return images;
}

INLINE void find_end(pass *at, const ck_depthwise *g, pass_size size) {
  at->end = min_long(at->last, at->first + rows_together(g, size));
  const long needed = (at->end - 1) * g->stride_height - g->pad_top + g->kernel_height;
  at->needed = max_long(at->packed, min_long(g->height, needed));
  // Windows may leave out last rows, which lie between those of two images.
  if (at->images > 1) at->needed = g->height;
}

/// How the work is divided among threads: bands of rows of an image, or images that are computed
/// together; one of the two is 1.
typedef struct {
  long bands, images;
} pass_parts;

INLINE pass_parts find_parts(int threads, const ck_depthwise *g, pass_size size) {
  const long images = images_together(threads, g, size);
  return (pass_parts){images > 1 ? 1 : bands_for(threads, g), images};
}

INLINE long part_count(const ck_depthwise *g, pass_parts parts) {
  return g->images / parts.images * parts.bands;
}

/// The first one of a part.
INLINE pass first_pass(const ck_depthwise *g, pass_size size, pass_parts parts, long part) {
  const long bands = parts.bands, band = part % bands;
  pass at = {.image = part / bands * parts.images, .images = parts.images};
  at.first = g->out_height * band / bands;
  at.last = g->out_height * (band + 1) / bands;
  at.packed = max_long(0, at.first * g->stride_height - g->pad_top);
  find_end(&at, g, size);
  return at;
}

INLINE void next_pass(pass *at, const ck_depthwise *g, pass_size size) {
  at->first = at->end;
  at->packed = at->needed;
  find_end(at, g, size);
}

/// Widened rows: row r lies in slot r % slots, as [blocks][slots][width].
INLINE ring hidden_ring(const ck_depthwise *g, pass_size size, long images) {
  ring r = input_ring(g);
  if (is_whole(g, size)) {
    // None is needed again.
    r.blocks = min_long(size.vectors, r.blocks);
    r.slots = images * g->height;
  } else {
    r.slots = (rows_together(g, size) - 1) * g->stride_height + g->kernel_height;
  }
  return r;
}

INLINE lanes *hidden_rows(const ring *r, long block) {
  return r->rows + block % r->blocks * r->slots * r->width;
}

/// The rows of a block that the windows of a row of outputs cover, and their weights there.
typedef struct {
  const lanes *from[MOST_TAPS], *weights[MOST_TAPS];
  long count;
} covered_rows;

INLINE covered_rows find_covered(const ck_depthwise *g, const ring *r, const float *weights,
                                 long image, long row, long block) {
  const long top = row * g->stride_height - g->pad_top;
  const long begin = max_long(0, -top), end = min_long(g->kernel_height, g->height - top);
  const lanes *rows = hidden_rows(r, block);
  const lanes *of_block = (const lanes *)weights + block * g->kernel_height * g->kernel_width;
  covered_rows covered = {.count = end - begin};
  long slot = (image * g->height + top + begin) % r->slots;
  for (long i = 0; i < covered.count; i++) {
    covered.from[i] = rows + slot * r->width;
    covered.weights[i] = of_block + (begin + i) * g->kernel_width;
    if (++slot == r->slots) slot = 0;
  }
  return covered;
}
