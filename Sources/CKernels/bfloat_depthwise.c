#include "bfloat_lanes.h"

#include "depthwise_convolution.h"
#include "only_bfloat_depthwise.h"

// Depthwise convolutions between normalisations, over elements of either precision. What is
// computed is float32.

BFLOAT_LOOP(convolve_either) { convolve_lines(context, begin, end, worker, ROWS, 2); }

void ck_bfloat_depthwise_convolve(int threads, const ck_depthwise *g, const ck_activation *x,
                                  const float *weights, const float *bias, float low, float high,
                                  void *y, int y_bfloat, float *mean, float *variance,
                                  float *scratch) {
  const convolve_job job = {.geometry = g, .x = x, .weights = weights, .bias = bias, .low = low,
                            .high = high, .y = kept(y, y_bfloat), .scratch = scratch};
  const int is_only_bfloat = x->bfloat && y_bfloat;
  convolve_depthwise(is_only_bfloat ? ck_only_bfloat_convolve : convolve_either, threads, job, mean,
                     variance);
}

END_BFLOAT_FUNCTIONS
