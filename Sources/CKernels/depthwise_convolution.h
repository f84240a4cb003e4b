#pragma once

#include <stdlib.h>
#include <string.h>

#include "channel_moments.h"
#include "depthwise_rows.h"

// Depthwise convolutions between normalisations: each worker takes rows of an image through the
// normalisation and activation before, the sums over windows and the statistics behind.

typedef struct {
  const ck_depthwise *geometry;
  const ck_activation *x;
  const float *weights, *bias;
  float low, high;
  kept_elements y;
  float *scratch;
  /// Bands of rows that each image is divided into.
  long bands;
  /// The centers are the values of a worker's first pixel.
  worker_moments moments;
} convolve_job;

INLINE long convolve_scratch(const ck_depthwise *g) {
  const ring r = input_ring(g);
  return ring_length(&r);
}

INLINE void convolve_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const convolve_job *p = context;
  const ck_depthwise *g = p->geometry;
  const int together = rows == ROWS ? TOGETHER : rows;
  const long channels = g->channels, blocks = block_count(channels);
  const long taps = g->kernel_height * g->kernel_width, line = g->width * channels;
  const lanes *weights = (const lanes *)p->weights;
  ring r = input_ring(g);
  place_ring(&r, p->scratch + worker * convolve_scratch(g));
  const int bypasses
      = streams(p->y, g->images * g->out_height * g->out_width * channels, channels);
  double *sums = NULL;
  float *centers = NULL;
  long count = 0;
  for (long item = begin; item < end; item++) {
    const long image = item / p->bands, band = item % p->bands;
    const kept_elements x = kept_after(kept(p->x->x, p->x->bfloat), image * g->height * line);
    const kept_elements y = kept_after(p->y, image * g->out_height * g->out_width * channels);
    const long last = g->out_height * (band + 1) / p->bands;
    long row = g->out_height * band / p->bands;
    long packed = max_long(0, row * g->stride_height - g->pad_top);
    count += (last - row) * g->out_width;
    for (; row < last; row++) {
      const long needed = row * g->stride_height - g->pad_top + g->kernel_height;
      for (; packed < min_long(needed, g->height); packed++) {
        const kept_elements from = kept_after(x, packed * line);
        pack_activation(&r, packed, p->x, from, g->width, channels, kept_after(from, line));
      }
      windows w;
      find_rows(&w, g, &r, weights, row);
      w.to_step = channels;
      const int is_first = p->moments.sums && !sums;
      if (is_first) {
        sums = calloc((unsigned long)(blocks * 2 * LANES), sizeof(double));
        centers = calloc((unsigned long)(blocks * LANES), sizeof(float));
      }
      for (long block = 0; block < blocks; block++, next_block(&w, &r, taps)) {
        const long start = block_start(block, channels);
        w.to = kept_after(y, row * g->out_width * channels + start);
        const long next = ((row + 1) * channels + block * LANES) * g->out_width;
        w.ahead = bypasses ? w.to : kept_after(y, next);
        windows_end outputs = {.low = p->low, .high = p->high};
        if (p->bias) outputs.bias = read_lanes(p->bias + start);
        if (!p->moments.sums) {
#define SUM(taps, stride) \
  sum_row(&w, &outputs, g->out_width, LIMITED, taps, stride, together)
          FOR_WINDOWS(g, SUM)
#undef SUM
          continue;
        }
        if (is_first) {
#define SUM(taps, stride) sum_windows(&w, &outputs, 0, PLAIN, taps, stride, 1)
          FOR_WINDOWS(g, SUM)
#undef SUM
          write_lanes(centers + block * LANES, read_kept(w.to, 0));
        }
        outputs.center = read_lanes(centers + block * LANES);
        if (bypasses) {
#define SUM(taps, stride) \
  sum_row(&w, &outputs, g->out_width, GATHERED | STREAMED, taps, stride, together)
          FOR_WINDOWS(g, SUM)
#undef SUM
        } else {
#define SUM(taps, stride) sum_row(&w, &outputs, g->out_width, GATHERED, taps, stride, together)
          FOR_WINDOWS(g, SUM)
#undef SUM
        }
        double *to = sums + block * 2 * LANES;
        for (long c = 0; c < LANES; c++) {
          to[c] += outputs.sum[c];
          to[LANES + c] += outputs.square[c];
        }
      }
    }
  }
  if (bypasses) order_streams();
  if (!sums) return;
  p->moments.counts[worker] = count;
  for (long block = 0; block < blocks; block++) {
    const long start = block_start(block, channels);
    double *to = p->moments.sums + worker * 2 * channels + start;
    const double *from = sums + block * 2 * LANES;
    memcpy(to, from, LANES * sizeof(double));
    memcpy(to + channels, from + LANES, LANES * sizeof(double));
    memcpy(p->moments.centers + worker * channels + start, centers + block * LANES,
           LANES * sizeof(float));
  }
  free(sums);
  free(centers);
}

INLINE void convolve_depthwise(ck_body body, int threads, convolve_job job, float *mean,
                               float *variance) {
  const ck_depthwise *g = job.geometry;
  job.bands = bands_for(threads, g);
  if (mean) job.moments = make_moments(threads, g->channels);
  const int workers = ck_for(threads, g->images * job.bands, 1, body, &job);
  if (mean) join_moments(job.moments, workers, g->channels, mean, variance);
}
