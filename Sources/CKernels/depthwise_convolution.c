#include "depthwise_convolution.h"

SHAPED_LOOP(convolve)

long ck_depthwise_scratch(int threads, const ck_depthwise *g) {
  return threads * convolve_scratch(g);
}

void ck_depthwise_convolve(int threads, const ck_depthwise *g, const ck_activation *x,
                           const float *weights, const float *bias, float low, float high, float *y,
                           float *mean, float *variance, float *scratch) {
  const convolve_job job = {.geometry = g, .x = x, .weights = weights, .bias = bias, .low = low,
                            .high = high, .y = kept(y, 0), .scratch = scratch};
  convolve_depthwise(convolve, threads, job, mean, variance);
}

// MARK: Packing

long ck_depthwise_weight_count(const ck_depthwise *g) {
  return block_count(g->channels) * g->kernel_height * g->kernel_width * LANES;
}

void ck_depthwise_pack(const ck_depthwise *g, const float *plain, const float *scale,
                       float *packed) {
  const long taps = g->kernel_height * g->kernel_width;
  for (long block = 0; block < block_count(g->channels); block++) {
    const long start = block_start(block, g->channels);
    for (long tap = 0; tap < taps; tap++) {
      for (long c = 0; c < LANES; c++) {
        const float factor = scale ? scale[start + c] : 1;
        *packed++ = plain[(start + c) * taps + tap] * factor;
      }
    }
  }
}

int ck_depthwise_fits(const ck_depthwise *g) { return g->channels >= LANES && has_windows(g); }
