#pragma once

#include <stdlib.h>
#include <string.h>

#include "depthwise_rows.h"

// Both gradients of a depthwise convolution between normalisations, one row of outputs after
// another: its gradient comes from the normalisation behind, adds to that of the weights, and
// completes some rows of the input's, which give the sums that the normalisation before needs.

typedef struct {
  const ck_depthwise *geometry;
  const ck_activation *x;
  const ck_activation_gradient *dy;
  const float *weights, *center;
  /// No elements where nobody wants it.
  kept_elements dx;
  float *scratch;
  int wants_weights;
  long bands;
  /// Of each worker [blocks][2][LANES], or null.
  double *sums;
} gradient_job;

/// Where the windows over the output's gradient lie that make up some columns of the input's: those
/// `phase` behind a multiple of the stride.
typedef struct {
  /// The first such column, how many there are, and where the first window begins in a packed row.
  long column, columns, from, taps;
} phase;

INLINE phase column_phase(const ck_depthwise *g, long index) {
  const long stride = g->stride_width, pad = g->pad_left;
  phase p;
  // Taps j with x + pad - j a multiple of the stride are index, index + stride, ...
  p.taps = (g->kernel_width - index + stride - 1) / stride;
  p.column = (index - pad % stride + stride) % stride;
  p.columns = p.column < g->width ? (g->width - 1 - p.column) / stride + 1 : 0;
  p.from = (p.column + pad - index) / stride - (p.taps - 1);
  return p;
}

INLINE ring gradient_ring(const ck_depthwise *g) {
  const long taps = g->kernel_width;
  return (ring){NULL, taps, g->out_width + 3 * taps, block_count(g->channels), taps};
}

INLINE long tables_length(const ck_depthwise *g) {
  return block_count(g->channels) * g->kernel_height * g->kernel_width * LANES;
}

INLINE long gradient_scratch(const ck_depthwise *g) {
  const ring x = input_ring(g), dy = gradient_ring(g);
  // Behind the rings: weights for each phase, and sums of the weights' gradient, twice.
  return ring_length(&x) + ring_length(&dy) + 3 * tables_length(g);
}

// MARK: The output's gradient

/// Of some pixels of a row, from number `pixel` on. Fetches `lines` lines for each vector.
INLINE void gradient_pixels(const ring *r, long row, const int kind,
                            const ck_activation_gradient *dy, kept_elements gradient,
                            kept_elements x, long pixel, const int count, long channels,
                            kept_elements ahead, long lines) {
  const ck_function f = dy->output.function;
  lanes *to = ring_row(r, row, 0) + r->left + pixel;
  for (long block = 0; block < r->blocks; block++, to += r->width) {
    const long start = block_start(block, channels);
    const lanes scale = read_lanes(dy->output.scale + start);
    const lanes shift = read_lanes(dy->output.shift + start);
    const lanes a = read_lanes(dy->a + start), b = read_lanes(dy->b + start);
    const lanes c = read_lanes(dy->c + start);
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) {
      const long at = (pixel + p) * channels;
      const kept_elements next = kept_after(ahead, at * lines);
      for (long i = 0; i < lines; i++) fetch(next, block * lines + i);
      const lanes value = read_kept(x, at + start), g = read_kept(gradient, at + start);
      to[p] = a * passed_lanes(kind, f, value * scale + shift, g) + (b * value + c);
    }
  }
}

INLINE void gradient_row_of(const ring *r, long row, const int kind,
                            const ck_activation_gradient *dy, kept_elements gradient,
                            kept_elements x, long pixels, long channels, kept_elements ahead,
                            long lines) {
#define PIXELS(count) \
  gradient_pixels(r, row, kind, dy, gradient, x, pixel, count, channels, ahead, lines)
  FOR_PIXELS(pixels, PIXELS);
#undef PIXELS
}

INLINE void pack_gradient(const ring *r, long row, const ck_activation_gradient *dy, long first,
                          long pixels, long channels, kept_elements ahead, long lines) {
  const kept_elements gradient = kept_after(kept(dy->dy, dy->bfloat), first * channels);
  if (!dy->a) {
    const ck_activation plain = {.x = NULL};
    pack_activation(r, row, &plain, gradient, pixels, channels, ahead);
    return;
  }
  const ck_activation *output = &dy->output;
  const kept_elements x = kept_after(kept(output->x, output->bfloat), first * channels);
  switch (dy->output.function.kind) {
#define CASE(kind)                                                                     \
  case kind:                                                                           \
    gradient_row_of(r, row, kind, dy, gradient, x, pixels, channels, ahead, lines);    \
    break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: The input's gradient

/// Weights of the windows over the output's gradient, for each phase [blocks][rows][columns].
INLINE void pack_phases(const ck_depthwise *g, const lanes *weights, lanes *packed) {
  const long taps = g->kernel_width, stride = g->stride_width;
  for (long row = 0; row < stride; row++) {
    for (long column = 0; column < stride; column++) {
      const long rows = (taps - row + stride - 1) / stride;
      const long columns = (taps - column + stride - 1) / stride;
      for (long block = 0; block < block_count(g->channels); block++) {
        for (long i = rows - 1; i >= 0; i--) {
          for (long j = columns - 1; j >= 0; j--) {
            const long tap = (row + stride * i) * taps + column + stride * j;
            *packed++ = weights[block * taps * taps + tap];
          }
        }
      }
    }
  }
}

/// Between which limits the function of x passes a gradient on, if that is all that it does.
INLINE int find_gate(ck_function f, windows_end *end) {
  end->low = f.kind == CK_IDENTITY ? -INFINITY : 0;
  end->high = f.kind == CK_RELU6 ? 6 : INFINITY;
  return f.kind == CK_IDENTITY || f.kind == CK_RELU || f.kind == CK_RELU6;
}

/// The columns of a phase in a row of the input's gradient, and their sums unless `sums` is null.
INLINE void input_columns(const gradient_job *p, windows *w, phase columns, long pixel,
                          long block, double *sums, int bypasses, const int together) {
  const long channels = p->geometry->channels, start = block_start(block, channels);
  const long at = (pixel + columns.column) * channels + start;
  w->to = kept_after(p->dx, at);
  windows_end end = {0};
  if (!sums) {
    switch (columns.taps) {
#define CASE(taps) case taps: sum_row(w, &end, columns.columns, PLAIN, taps, 1, together); break;
      CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(7)
#undef CASE
    }
    return;
  }
  find_gate(p->x->function, &end);
  end.x = kept_after(kept(p->x->x, p->x->bfloat), at);
  end.scale = read_lanes(p->x->scale + start);
  end.shift = read_lanes(p->x->shift + start);
  end.center = read_lanes(p->center + start);
  if (bypasses) {
    switch (columns.taps) {
#define CASE(taps) \
  case taps: sum_row(w, &end, columns.columns, GATED | STREAMED, taps, 1, together); break;
      CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(7)
#undef CASE
    }
  } else {
    switch (columns.taps) {
#define CASE(taps) case taps: sum_row(w, &end, columns.columns, GATED, taps, 1, together); break;
      CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(7)
#undef CASE
    }
  }
  for (long l = 0; l < LANES; l++) {
    sums[l] += end.sum[l];
    sums[LANES + l] += end.square[l];
  }
}

/// One row of the input's gradient, from number `pixel` of all pixels on.
INLINE void input_row(const gradient_job *p, const ring *dy, const lanes *phases, long row,
                      long pixel, double *sums, int bypasses, kept_elements ahead,
                      const int together) {
  const ck_depthwise *g = p->geometry;
  const long taps = g->kernel_width, stride = g->stride_width;
  const long blocks = block_count(g->channels), index = (row + g->pad_top) % stride;
  const long row_taps = (taps - index + stride - 1) / stride;
  const long top = (row + g->pad_top - index) / stride - (row_taps - 1);
  const long first = max_long(0, -top), last = min_long(row_taps, g->out_height - top);
  // What phases of rows before take, all of their columns together.
  for (long i = 0; i < index; i++) phases += (taps - i + stride - 1) / stride * taps * blocks;
  for (long i = 0; i < stride; i++) {
    const phase columns = column_phase(g, i);
    windows w = {.rows = max_long(last - first, 0), .to_step = stride * g->channels};
    for (long r = first; r < last; r++) {
      w.from[r - first] = ring_row(dy, top + r, 0) + dy->left + columns.from;
      w.weights[r - first] = phases + r * columns.taps;
    }
    for (long block = 0; block < blocks; block++) {
      w.ahead = kept_after(ahead, (i * blocks + block) * columns.columns * LANES);
      input_columns(p, &w, columns, pixel, block, sums ? sums + block * 2 * LANES : NULL,
                    bypasses, together);
      next_block(&w, dy, row_taps * columns.taps);
    }
    phases += row_taps * columns.taps * blocks;
  }
}

/// Adds what a row of the input's gradient gives to the sums of the normalisation before, where
/// that is more than a gate.
INLINE void sum_input_lines(const int kind, const gradient_job *p, long first, double *sums) {
  const long channels = p->geometry->channels;
  const ck_function f = p->x->function;
  for (long block = 0; block < block_count(channels); block++, sums += 2 * LANES) {
    const long start = block_start(block, channels);
    const long at = first * channels + start;
    kept_elements x = kept_after(kept(p->x->x, p->x->bfloat), at), dx = kept_after(p->dx, at);
    const lanes scale = read_lanes(p->x->scale + start), shift = read_lanes(p->x->shift + start);
    const lanes center = read_lanes(p->center + start);
    // Two chains of additions, each of which waits for its last one.
    lanes sum[2] = {0}, product[2] = {0};
#define PIXEL(i)                                                                        \
  do {                                                                                  \
    const lanes value = read_kept(x, (i) * channels);                                   \
    const lanes gradient = read_kept(dx, (i) * channels);                               \
    const lanes g = passed_lanes(kind, f, value * scale + shift, gradient);             \
    sum[(i) & 1] += g;                                                                  \
    product[(i) & 1] += g * (value - center);                                           \
  } while (0)
    long i = 0;
    for (; i + 2 <= p->geometry->width; i += 2) {
      PIXEL(0);
      PIXEL(1);
      x = kept_after(x, 2 * channels);
      dx = kept_after(dx, 2 * channels);
    }
    if (i < p->geometry->width) PIXEL(0);
#undef PIXEL
    for (long l = 0; l < LANES; l++) {
      sums[l] += sum[0][l] + sum[1][l];
      sums[LANES + l] += product[0][l] + product[1][l];
    }
  }
}

INLINE void sum_input_row(const gradient_job *p, long first, double *sums) {
  switch (p->x->function.kind) {
#define CASE(kind) \
  case kind: sum_input_lines(kind, p, first, sums); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: The weights' gradient

/// Adds what a row of outputs gives.
INLINE void weight_row(const ck_depthwise *g, const ring *x, const ring *dy, long row, lanes *sums,
                       kept_elements ahead, const int taps, const int stride, const int rows) {
  const long blocks = block_count(g->channels), top = row * stride - g->pad_top;
  const long first = max_long(0, -top), last = min_long(taps, g->height - top);
  for (long block = 0; block < blocks; block++, sums += taps * taps) {
    const lanes *gradient = ring_row(dy, row, block) + dy->left;
    const lanes *from[MOST_TAPS];
    lanes *to[MOST_TAPS];
    for (long i = first; i < last; i++) {
      from[i - first] = ring_row(x, top + i, block);
      to[i - first] = sums + i * taps;
    }
    const kept_elements lines = kept_after(ahead, block * g->out_width * LANES);
    if (taps == 3 && rows == ROWS && last - first == 3) {
      add_products(from, gradient, to, g->out_width, lines, stride, taps, 3);
      continue;
    }
    for (long i = 0; i < last - first; i++) {
      add_products(from + i, gradient, to + i, g->out_width, i == 0 ? lines : kept(NULL, 0), stride,
                   taps, 1);
    }
  }
}

// MARK: All together

INLINE void gradient_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const gradient_job *p = context;
  const ck_depthwise *g = p->geometry;
  const int together = rows == ROWS ? TOGETHER : rows;
  const long channels = g->channels, taps = g->kernel_height, stride = g->stride_height;
  const long line = g->width * channels;
  ring x = input_ring(g), dy = gradient_ring(g);
  float *rest = place_ring(&x, p->scratch + worker * gradient_scratch(g));
  lanes *phases = (lanes *)place_ring(&dy, rest);
  const long tables = tables_length(g) / LANES;
  lanes *totals = phases + tables, *image_totals = totals + tables;
  pack_phases(g, (const lanes *)p->weights, phases);
  memset(totals, 0, (unsigned long)tables * sizeof(lanes));
  double *sums = p->sums ? p->sums + worker * block_count(channels) * 2 * LANES : NULL;
  const int bypasses = streams(p->dx, g->images * g->height * line, channels);
  const kept_elements inputs = kept(p->x->x, p->x->bfloat);
  windows_end gate;
  const int is_gate = find_gate(p->x->function, &gate);
  for (long item = begin; item < end; item++) {
    const long image = item / p->bands, band = item % p->bands;
    const long first = g->out_height * band / p->bands;
    const long last = g->out_height * (band + 1) / p->bands;
    // Of the input's rows, those above the next band's; of the output's, all that reach these.
    long done = band == 0 ? 0 : min_long(first * stride, g->height);
    const long rows_end = band + 1 == p->bands ? g->height : min_long(last * stride, g->height);
    long row = min_long(first, max_long(0, done + g->pad_top - taps + stride) / stride);
    const long reached = (rows_end - 1 + g->pad_top) / stride + 1;
    const long needed = max_long(last, min_long(reached, g->out_height));
    long packed = max_long(0, first * stride - g->pad_top);
    memset(image_totals, 0, (unsigned long)tables * sizeof(lanes));
    for (; row < needed; row++) {
      const long first_pixel = (image * g->out_height + row) * g->out_width;
      const long next = (first_pixel + g->out_width) * channels;
      // What the next row of outputs needs: inputs, both outputs, and what is written.
      pack_gradient(&dy, row, p->dy, first_pixel, g->out_width, channels,
                    kept_after(inputs, (image * g->height + packed) * line), stride * stride);
      const int adds = p->wants_weights && row >= first && row < last;
      const long reach = adds ? min_long(row * stride - g->pad_top + taps, g->height) : 0;
      for (; packed < reach; packed++) {
        const kept_elements from = kept_after(inputs, (image * g->height + packed) * line);
        const kept_elements results
            = p->dx.at && !bypasses ? kept_after(p->dx, (image * g->height + done) * line) : from;
        pack_activation(&x, packed, p->x, from, g->width, channels, results);
      }
      if (adds) {
        const kept_elements gradients = kept_after(kept(p->dy->dy, p->dy->bfloat), next);
#define SUM(taps, stride) weight_row(g, &x, &dy, row, image_totals, gradients, taps, stride, rows)
        FOR_WINDOWS(g, SUM)
#undef SUM
      }
      if (!p->dx.at) continue;
      const kept_elements outputs = kept_after(
          p->dy->a ? kept(p->dy->output.x, p->dy->output.bfloat) : kept(p->dy->dy, p->dy->bfloat),
          next);
      const long complete = row + 1 == needed ? rows_end : (row + 1) * stride - g->pad_top;
      for (; done < min_long(complete, rows_end); done++) {
        const long pixel = (image * g->height + done) * g->width;
        input_row(p, &dy, phases, done, pixel, is_gate ? sums : NULL, bypasses, outputs,
                  together);
        if (sums && !is_gate) sum_input_row(p, pixel, sums);
      }
    }
    for (long i = 0; i < tables; i++) totals[i] += image_totals[i];
  }
  if (bypasses) order_streams();
}

INLINE void differentiate_depthwise(ck_body body, int threads, gradient_job job, float *sum,
                                    float *product, float *dw) {
  const ck_depthwise *g = job.geometry;
  const long channels = g->channels, taps = g->kernel_height * g->kernel_width;
  job.wants_weights = dw != NULL;
  job.bands = bands_for(threads, g);
  const long sums_length = block_count(channels) * 2 * LANES;
  if (sum) job.sums = calloc((unsigned long)(threads * sums_length), sizeof(double));
  const int workers = ck_for(threads, g->images * job.bands, 1, body, &job);
  for (long block = 0; sum && block < block_count(channels); block++) {
    for (long l = 0; l < LANES; l++) {
      double first = 0, second = 0;
      for (int worker = 0; worker < workers; worker++) {
        const double *from = job.sums + worker * sums_length + block * 2 * LANES + l;
        first += from[0];
        second += from[LANES];
      }
      sum[block_start(block, channels) + l] = (float)first;
      product[block_start(block, channels) + l] = (float)second;
    }
  }
  free(job.sums);
  // Behind the rings and the phases of each worker.
  const long length = gradient_scratch(g), tables = tables_length(g);
  for (long block = 0; dw && block < block_count(channels); block++) {
    const float *from = job.scratch + length - 2 * tables + block * taps * LANES;
    float *to = dw + block_start(block, channels) * taps;
    for (long c = 0; c < LANES; c++) {
      for (long tap = 0; tap < taps; tap++) {
        float total = 0;
        for (int w = 0; w < workers; w++) total += from[w * length + tap * LANES + c];
        to[c * taps + tap] = total;
      }
    }
  }
}
